"""Lockout and rate limits where log-ins really happen, over several processes (domain.md 11)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from adapters.rate_limits import Limit, RateLimited, RateLimits
from api.log_ins import BadCredentials, LogIns
from domain.people.account import account_id, unknown_account_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from tests.identity.conftest import People

NOW = datetime(2025, 3, 25, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def somewhere() -> str:
    """An address that nobody else has."""
    return f"address {uuid4()}"


async def wrong(log_ins: LogIns, username: str, now: datetime, address: str = "") -> str:
    """Everything that a wrong password is told."""
    with pytest.raises(BadCredentials) as refusal:
        await log_ins.log_in(username, "wrong", address or somewhere(), now)
    return f"{refusal.value.code} {refusal.value.detail} {refusal.value.facts}"


async def types(people: People, stream: UUID) -> list[str]:
    """What is in the log of an account."""
    asked = "SELECT event_type FROM es.events WHERE stream_id = $1 ORDER BY version"
    return [row[0].removeprefix("account.") for row in await people.pool.fetch(asked, stream)]


async def test_five_failures_lock_the_account_for_fifteen_minutes(
    people: People, log_ins: LogIns
) -> None:
    """To the second, and nobody can tell a locked account by its answer."""
    told = {await wrong(log_ins, people.username, NOW + n * MINUTE) for n in range(5)}
    nearly = NOW + timedelta(minutes=18, seconds=59)
    with pytest.raises(BadCredentials) as refusal:
        await log_ins.log_in(people.username, people.password, somewhere(), nearly)
    told.add(f"{refusal.value.code} {refusal.value.detail} {refusal.value.facts}")
    told.add(await wrong(log_ins, f"nobody.{people.username}", NOW))
    assert len(told) == 1
    await log_ins.log_in(people.username, people.password, somewhere(), NOW + timedelta(minutes=19))
    found = await types(people, account_id(people.member))
    assert found == [*["log_in_failed"] * 5, "locked", "logged_in"]


async def test_guesses_at_once_in_two_processes_are_all_counted(
    people: People, new_process: Callable[[], LogIns]
) -> None:
    """Not one more than five is looked at, however they race."""
    processes = [new_process(), new_process()]
    guesses = [wrong(processes[n % 2], people.username, NOW) for n in range(10)]
    await asyncio.gather(*guesses)
    assert await types(people, account_id(people.member)) == [*["log_in_failed"] * 5, "locked"]
    with pytest.raises(BadCredentials):
        await processes[0].log_in(people.username, people.password, somewhere(), NOW + MINUTE)


async def test_a_username_that_nobody_has_is_treated_alike(people: People, log_ins: LogIns) -> None:
    """Its failures are counted and its account is locked: the work tells nothing."""
    nobody = f"nobody.{people.username}"
    for n in range(7):
        await wrong(log_ins, nobody, NOW + n * MINUTE)
    found = await types(people, unknown_account_id(nobody))
    assert found == [*["log_in_failed"] * 5, "locked"]


async def test_the_eleventh_try_of_a_minute_is_refused_before_anything_is_looked_at(
    people: People, new_process: Callable[[], LogIns]
) -> None:
    """In whichever process; the next minute is another."""
    processes = [new_process(), new_process()]
    username = f"nobody.{people.username}"
    for n in range(10):
        await wrong(processes[n % 2], username, NOW + timedelta(seconds=n))
    before = await types(people, unknown_account_id(username))
    with pytest.raises(RateLimited) as refusal:
        await processes[1].log_in(username, "wrong", somewhere(), NOW + timedelta(seconds=20))
    assert refusal.value.facts == {"retry_after": 40.0}
    assert await types(people, unknown_account_id(username)) == before
    await wrong(processes[1], username, NOW + MINUTE)


async def test_many_failures_from_one_place_are_a_security_event(
    people: People, log_ins: LogIns
) -> None:
    """The tenth within the hour, whoever's; other places do not count."""
    address, elsewhere = somewhere(), somewhere()
    names = [f"nobody.{n}.{people.username}" for n in range(10)]
    await wrong(log_ins, names[0], NOW, elsewhere)
    for name in names:
        await wrong(log_ins, name, NOW, address)
    assert await types(people, unknown_account_id(names[0])) == ["log_in_failed"] * 2
    assert await types(people, unknown_account_id(names[8])) == ["log_in_failed"]
    last = await types(people, unknown_account_id(names[9]))
    assert last == ["log_in_failed", "guessing_suspected"]


async def test_who_goes_on_guessing_at_a_locked_account_is_a_security_event(
    people: People, log_ins: LogIns
) -> None:
    """The tenth failure counts, though no try is recorded since the fifth."""
    address = somewhere()
    for second in range(10):
        await wrong(log_ins, people.username, NOW + timedelta(seconds=second), address)
    found = await types(people, account_id(people.member))
    assert found == [*["log_in_failed"] * 5, "locked", "guessing_suspected"]


async def test_windows_that_are_over_are_forgotten(people: People) -> None:
    """Those that still count stay."""
    rates, key = RateLimits(people.pool), f"key {uuid4()}"
    limit = Limit(key, 100, 60)
    for ago in (timedelta(hours=3), MINUTE, timedelta()):
        await rates.hit([limit], NOW - ago)
    await rates.forget(NOW)
    kept = await people.pool.fetchval(
        "SELECT count(*) FROM identity.rate_limits WHERE key = $1", key
    )
    assert kept == 2
