"""Organizations and members: made once, seen by their own organization only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import pytest

from adapters.fresh import Fresh
from adapters.identity import UnknownRole, UsernameTaken

if TYPE_CHECKING:
    from tests.identity.conftest import People

NOW = datetime(2025, 3, 25, 9, tzinfo=UTC)


async def test_names_are_those_of_the_organizations_own_members(people: People) -> None:
    """Strangers are left out, and stay left out when their own organization has asked for them."""
    other = await people.identity.create_organization(f"Brigade {uuid4()}")
    stranger = await people.identity.create_member(other, "Eve")
    assert await people.identity.names(other, [stranger]) == {stranger: "Eve"}
    for _ in range(2):
        found = await people.identity.names(people.organization, [people.member, stranger, uuid4()])
        assert found == {people.member: "Ann"}
    assert await people.identity.member(people.organization, stranger) is None


async def test_a_member_shows_what_was_set(people: People) -> None:
    """The second answer comes from memory and is the same."""
    for _ in range(2):
        member = await people.identity.member(people.organization, people.member)
        assert member is not None
        assert (member.name, member.username) == ("Ann", people.username)
        assert (member.roles, member.active) == (("counter",), True)


async def test_making_a_member_again_changes_nothing(people: People) -> None:
    """The username decides, so that a demonstration may be set up twice."""
    again = await people.identity.create_member(
        people.organization, "Anna", people.username.upper(), "other", ("admin",)
    )
    assert again == people.member
    tokens = await people.log_in(people.username, people.password, NOW)
    assert (await people.identity.authenticate(tokens.access_token, NOW)).roles == ("counter",)


async def test_a_username_belongs_to_one_organization(people: People) -> None:
    """Logging in names no organization, so usernames are unique over all of them."""
    other = await people.identity.create_organization(f"Brigade {uuid4()}")
    with pytest.raises(UsernameTaken):
        await people.identity.create_member(other, "Ann", people.username)


@pytest.mark.parametrize("role", ["system", "emperor"])
async def test_a_role_that_nobody_can_have_is_refused(people: People, role: str) -> None:
    """What the product does by itself is never granted to a person."""
    with pytest.raises(UnknownRole):
        await people.identity.create_member(people.organization, "Mallory", roles=(role,))


async def test_an_organizations_settings_reach_its_members(people: People) -> None:
    """Only what differs is kept, the rest follows the defaults of the code."""
    name = f"Merchant {uuid4()}"
    settings = {"access_token_hours": 1, "tolerance_percent": {"A": "0.5"}}
    merchant = await people.identity.create_organization(name, settings=settings)
    assert await people.identity.create_organization(name) == merchant
    username = f"{uuid4()}@example.org"
    await people.identity.create_member(merchant, "Max", username, "secret")
    tokens = await people.log_in(username, "secret", NOW)
    assert tokens.expires_in == 3600
    chosen = (await people.identity.authenticate(tokens.access_token, NOW)).settings
    assert (str(chosen.tolerance_percent["A"]), chosen.lock_seconds) == ("0.5", 300)


async def test_settings_that_nobody_could_read_are_refused(people: People) -> None:
    """A misspelt name would lock everyone of the organization out."""
    with pytest.raises(msgspec.ValidationError, match="lock_minutes"):
        await people.identity.create_organization(f"{uuid4()}", settings={"lock_minutes": 5})


def test_what_is_kept_grows_old_and_never_grows_many() -> None:
    """The one unused for longest gives way; a clock that went back is not trusted either."""
    kept: Fresh[str, int] = Fresh(2, 10.0)
    kept.put("a", 1, 100.0)
    kept.put("b", 2, 105.0)
    assert (kept.get("a", 109.9), kept.get("a", 110.0), kept.get("a", 99.0)) == (1, None, None)
    assert kept.get("a", 105.0) == 1
    kept.put("c", 3, 105.0)
    assert [kept.get(key, 105.0) for key in "abc"] == [1, None, 3]
    kept.drop(lambda value: value == 3)
    assert [kept.get(key, 105.0) for key in "abc"] == [1, None, None]
