"""Logging in, refreshing, and every way in which a session ends (domain.md 11)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import jwt
import pytest

from adapters.log_in_sessions import RefreshReused
from adapters.nats.news import News
from adapters.tokens import Unauthenticated
from api.door import FRESH_SECONDS, Door
from api.log_ins import BadCredentials
from api.people import Recruit
from domain.people.member import Member
from domain.permissions import Permission

if TYPE_CHECKING:
    from tests.identity.conftest import People

NOW = datetime(2025, 3, 25, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def ended(door: Door, access_token: str, now: datetime) -> bool:
    """Whether the token is refused at that moment."""
    try:
        await door.authenticate(access_token, now)
    except Unauthenticated:
        return True
    return False


async def test_a_log_in_gives_a_token_that_says_who_it_is(people: People) -> None:
    """The principal carries all that a decision needs to know about its actor."""
    tokens = await people.log_in(people.username, people.password, NOW)
    principal = await people.process.door.authenticate(tokens.access_token, NOW)
    assert (principal.organization, principal.member) == (people.organization, people.member)
    assert principal.roles == ("counter",)
    assert Permission.STOCK_TAKE_COUNT in principal.permissions
    assert Permission.STOCK_TAKE_MANAGE not in principal.permissions
    assert [w.int for w in principal.warehouses] == [7, 5]
    assert principal.settings.lock_seconds == 300


async def test_a_username_is_found_whatever_its_case(people: People) -> None:
    """People type their address as they please."""
    await people.log_in(f" {people.username.upper()} ", people.password, NOW)


async def test_every_wrong_log_in_gets_the_same_answer(people: People) -> None:
    """Nobody learns which usernames exist, nor who was invited or deactivated."""
    made, organization = people.process.people, people.organization
    invited = Recruit(name="Bob", username=f"invited.{people.username}")
    await made.add(organization, invited)
    await people.change(Member.deactivate)
    attempts = [
        (people.username, "wrong"),
        (people.username, people.password),
        (f"nobody.{people.username}", people.password),
        (f"invited.{people.username}", "x"),
    ]
    for username, password in attempts:
        with pytest.raises(BadCredentials):
            await people.process.log_ins.log_in(username, password, "", NOW)


async def test_an_access_token_lives_eight_hours(people: People) -> None:
    """It is live until, not at, its end; asking in between does not prolong it."""
    tokens = await people.log_in(people.username, people.password, NOW)
    end = NOW + timedelta(hours=8)
    assert tokens.expires_in == 8 * 3600
    assert not await ended(people.process.door, tokens.access_token, end - SECOND)
    assert await ended(people.process.door, tokens.access_token, end)


async def test_a_refresh_gives_new_tokens_for_the_same_session(people: People) -> None:
    """The old access token stays good: another tab may still hold it."""
    first = await people.log_in(people.username, people.password, NOW)
    later = NOW + timedelta(hours=7)
    second = await people.process.log_ins.refresh(first.refresh_token, later)
    assert second.refresh_token != first.refresh_token
    was = await people.process.door.authenticate(first.access_token, later)
    now = await people.process.door.authenticate(second.access_token, later + timedelta(hours=7))
    assert (now.session, now.member) == (was.session, was.member)


async def test_a_session_ends_thirty_days_after_its_log_in(people: People) -> None:
    """Refreshing moves neither the refresh token's end nor lets an access token outlive it."""
    tokens = await people.log_in(people.username, people.password, NOW)
    end = NOW + timedelta(days=30)
    last = await people.process.log_ins.refresh(tokens.refresh_token, end - SECOND)
    assert (last.expires_in, last.refresh_expires_in) == (1, 1)
    assert not await ended(people.process.door, last.access_token, end - SECOND)
    assert await ended(people.process.door, last.access_token, end)
    with pytest.raises(Unauthenticated):
        await people.process.log_ins.refresh(last.refresh_token, end)


async def test_a_refresh_token_used_again_ends_the_session(people: People) -> None:
    """Thief or owner, whoever comes second: all tokens of the family are void at once."""
    first = await people.log_in(people.username, people.password, NOW)
    second = await people.process.log_ins.refresh(first.refresh_token, NOW)
    assert not await ended(people.process.door, second.access_token, NOW)
    late = NOW + 10 * SECOND
    with pytest.raises(RefreshReused):
        await people.process.log_ins.refresh(first.refresh_token, late)
    assert await ended(people.process.door, second.access_token, late)
    with pytest.raises(Unauthenticated) as refusal:
        await people.process.log_ins.refresh(second.refresh_token, late)
    assert refusal.value.code == "UNAUTHENTICATED"


async def test_a_second_tab_may_use_the_same_refresh_token_for_ten_seconds(people: People) -> None:
    """It gets the very token that the first tab got, so neither is ever taken for a thief."""
    first = await people.log_in(people.username, people.password, NOW)
    one = await people.process.log_ins.refresh(first.refresh_token, NOW)
    two = await people.process.log_ins.refresh(first.refresh_token, NOW + 9 * SECOND)
    assert two.refresh_token == one.refresh_token
    third = await people.process.log_ins.refresh(two.refresh_token, NOW + timedelta(hours=8))
    assert not await ended(people.process.door, third.access_token, NOW + timedelta(hours=9))


async def test_tabs_that_refresh_at_once_get_the_same_token(people: People) -> None:
    """The rotation happens once, whatever the interleaving."""
    first = await people.log_in(people.username, people.password, NOW)
    tabs = [people.elsewhere().log_ins.refresh(first.refresh_token, NOW) for _ in range(4)]
    assert len({tokens.refresh_token for tokens in await asyncio.gather(*tabs)}) == 1


async def test_the_grace_covers_only_the_last_rotation(people: People) -> None:
    """A token two rotations old ends the session, however quick they were."""
    first = await people.log_in(people.username, people.password, NOW)
    second = await people.process.log_ins.refresh(first.refresh_token, NOW)
    await people.process.log_ins.refresh(second.refresh_token, NOW + SECOND)
    with pytest.raises(RefreshReused):
        await people.process.log_ins.refresh(first.refresh_token, NOW + 2 * SECOND)


async def test_a_deactivated_member_is_refused(people: People) -> None:
    """His refresh token at once, his access token within the bound on the check's age."""
    tokens = await people.log_in(people.username, people.password, NOW)
    door = people.process.door
    assert not await ended(door, tokens.access_token, NOW)
    await people.change(Member.deactivate)
    with pytest.raises(Unauthenticated):
        await people.process.log_ins.refresh(tokens.refresh_token, NOW)
    bound = NOW + timedelta(seconds=FRESH_SECONDS)
    assert not await ended(door, tokens.access_token, bound - SECOND)
    assert await ended(door, tokens.access_token, bound)
    assert await ended(people.elsewhere().door, tokens.access_token, NOW)


async def test_news_of_a_member_is_heeded_at_once(people: People) -> None:
    """Whether it is about him, his account or his organization."""
    tokens = await people.log_in(people.username, people.password, NOW)
    door = people.process.door
    for roles in (("auditor",), ("counter",), ("admin",)):
        before = (await door.authenticate(tokens.access_token, NOW)).roles
        await people.change(partial(Member.give_roles, roles=roles))
        assert (await door.authenticate(tokens.access_token, NOW)).roles == before != roles
        door.forget(News(people.member))
        assert (await door.authenticate(tokens.access_token, NOW)).roles == roles
    await people.change(Member.deactivate)
    door.forget(News(UUID(int=9), people.member))
    assert await ended(door, tokens.access_token, NOW)


async def test_an_ended_session_is_refused(people: People) -> None:
    """In the process that ended it at once, in another one within the bound; others live on."""
    tokens = await people.log_in(people.username, people.password, NOW)
    phone = await people.log_in(people.username, people.password, NOW)
    other = people.elsewhere()
    principal = await other.door.authenticate(tokens.access_token, NOW)
    assert not await ended(people.process.door, tokens.access_token, NOW)
    await people.process.log_ins.log_out(principal, NOW)
    assert await ended(people.process.door, tokens.access_token, NOW)
    assert await ended(other.door, tokens.access_token, NOW + timedelta(seconds=FRESH_SECONDS))
    with pytest.raises(Unauthenticated):
        await other.log_ins.refresh(tokens.refresh_token, NOW)
    assert not await ended(people.process.door, phone.access_token, NOW)


async def test_a_token_is_good_for_its_own_use_only(people: People) -> None:
    """A refresh token opens nothing, and an access token cannot be prolonged by itself."""
    tokens = await people.log_in(people.username, people.password, NOW)
    assert await ended(people.process.door, tokens.refresh_token, NOW)
    with pytest.raises(Unauthenticated):
        await people.process.log_ins.refresh(tokens.access_token, NOW)


async def test_only_our_own_tokens_are_read(people: People) -> None:
    """Neither another key nor no key, neither nonsense nor a long nesting gets in or gets far."""
    tokens = await people.log_in(people.username, people.password, NOW)
    claims = jwt.decode(tokens.access_token, options={"verify_signature": False})
    forged = [
        jwt.encode(claims, "another secret of thirty-two bytes or more", "HS256"),
        jwt.encode(claims, "", "none"),
        tokens.access_token[:-2],
        tokens.access_token + "é",
        "",
        "W1tb" * 20_000 + ".e30.x",
    ]
    for token in forged:
        assert await ended(people.process.door, token, NOW)


async def test_a_forged_refresh_token_ends_nothing(people: People) -> None:
    """Knowing a session's id is not enough to throw its owner out."""
    tokens = await people.log_in(people.username, people.password, NOW)
    claims = jwt.decode(tokens.refresh_token, options={"verify_signature": False})
    forged = jwt.encode({**claims, "gen": 0}, "another secret of thirty-two bytes or more", "HS256")
    with pytest.raises(Unauthenticated):
        await people.process.log_ins.refresh(forged, NOW)
    await people.process.log_ins.refresh(tokens.refresh_token, NOW)
