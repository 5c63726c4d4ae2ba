"""Item locks over HTTP, at the second (domain.md 1.4)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.conftest import Day
from tests.api.takes import Take, refused, started

ONE, TWO = "counter1", "counter2"


@pytest.fixture
async def take(day: Day) -> Take:
    """A stock-take of one product, being counted."""
    return await started(day.company, {"GLOVE": {"A1": 10}})


async def lock(take: Take, who: str) -> httpx.Response:
    """Asks for the lock."""
    return await take.company[who].post("/stock-take/locks", take.lock("GLOVE"))


async def locked(take: Take, who: str) -> dict[str, Any]:
    """The lock that was granted."""
    answer = await lock(take, who)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    assert view["lock"]["holder"] == str(take.company[who].member)
    return view


async def count(take: Take, who: str, quantity: int = 10) -> httpx.Response:
    """Counts the shelf."""
    return await take.company[who].post("/stock-take/counts", take.count("GLOVE", "A1", quantity))


@pytest.mark.rule("1.4-a")
async def test_a_lock_ends_after_five_minutes_to_the_second(day: Day, take: Take) -> None:
    """A locks at 10:00:00; B is refused at 10:04:59 and granted at 10:05:00."""
    day.at("10:00")
    assert (await locked(take, ONE))["lock"]["expires_at"] == "2025-03-25T10:05:00Z"
    day.at("10:04:59")
    answer = await lock(take, TWO)
    problem = refused(answer, 409, "LOCKED")
    assert (problem["retry_after"], answer.headers["retry-after"]) == (1, "1")
    assert problem["detail"] == "Being counted by Counter1."
    day.at("10:05")
    assert (await locked(take, TWO))["lock"]["expires_at"] == "2025-03-25T10:10:00Z"


@pytest.mark.rule("1.4-a")
async def test_a_renewed_lock_lasts_five_minutes_more(day: Day, take: Take) -> None:
    """Renewed at 10:03 it ends at 10:08."""
    day.at("10:00")
    await locked(take, ONE)
    day.at("10:03")
    assert (await locked(take, ONE))["lock"]["expires_at"] == "2025-03-25T10:08:00Z"
    day.at("10:07:59")
    refused(await lock(take, TWO), 409, "LOCKED")
    day.at("10:08")
    await locked(take, TWO)


@pytest.mark.rule("1.4-a")
async def test_counting_gives_the_lock_back(day: Day, take: Take) -> None:
    """A counts at 10:02; B is granted at 10:02:01."""
    day.at("10:00")
    await locked(take, ONE)
    day.at("10:02")
    assert (await count(take, ONE)).json()["lock"] is None
    day.at("10:02:01")
    await locked(take, TWO)


@pytest.mark.rule("T-1.4-a")
async def test_what_another_keeps_locked_is_not_counted(day: Day, take: Take) -> None:
    """Counting needs no lock of one's own, but no one else's either."""
    day.at("10:00")
    await locked(take, ONE)
    refused(await count(take, TWO), 409, "LOCKED")
    day.at("10:05")
    assert (await count(take, TWO)).status_code == 201


@pytest.mark.rule("1.4-a")
async def test_after_a_break_the_next_holder_is_in_the_way(day: Day, take: Take) -> None:
    """Broken at 10:01, locked by B at 10:02: A's count of 10:03 is refused."""
    await _broken(day, take)
    await locked(take, TWO)
    day.at("10:03")
    assert refused(await count(take, ONE), 409, "LOCKED")["detail"] == "Being counted by Counter2."


@pytest.mark.rule("1.4-a")
async def test_a_line_that_changed_after_a_break_is_lost(day: Day, take: Take) -> None:
    """Had B counted and released by then, A's count is refused as LOCK_LOST."""
    await _broken(day, take)
    await locked(take, TWO)
    assert (await count(take, TWO, 9)).status_code == 201
    day.at("10:03")
    refused(await count(take, ONE), 409, "LOCK_LOST")


async def test_a_line_that_nobody_touched_is_counted_after_a_break(day: Day, take: Take) -> None:
    """The holder who lost his lock has lost nothing else."""
    await _broken(day, take)
    day.at("10:03")
    assert (await count(take, ONE)).status_code == 201


async def _broken(day: Day, take: Take) -> None:
    """A locks at 10:00, an auditor breaks it at 10:01; then it is 10:02."""
    day.at("10:00")
    view = await locked(take, ONE)
    day.at("10:01")
    path = f"/stock-take/locks/{view['id']}/break"
    refused(await day[TWO].post(path, {"reason": "mine"}), 403, "FORBIDDEN")
    broken = await day["auditor"].done(path, {"reason": "left it"})
    assert broken["lock"] is None
    refused(await day["auditor"].post(path, {"reason": "again"}), 409, "NOT_LOCKED")
    day.at("10:02")


async def test_a_released_lock_is_free_at_once(day: Day, take: Take) -> None:
    """Only its holder gives it back; a second time there is nothing to do."""
    view = await locked(take, ONE)
    path = f"/stock-take/locks/{view['id']}"
    await day[TWO].send("DELETE", path)
    refused(await lock(take, TWO), 409, "LOCKED")
    assert (await day[ONE].send("DELETE", path)).json()["lock"] is None
    assert (await day[ONE].send("DELETE", path)).status_code == 200
    await locked(take, TWO)


async def test_a_pause_ends_all_locks(day: Day, take: Take) -> None:
    """After the pause the first who asks has it; while it lasts nobody counts."""
    await locked(take, ONE)
    await take.act("auditor", "pause")
    refused(await lock(take, ONE), 409, "SESSION_PAUSED")
    refused(await count(take, ONE), 409, "SESSION_PAUSED")
    assert (await take.act("auditor", "resume")).status_code == 200
    await locked(take, TWO)
    refused(await count(take, ONE), 409, "LOCKED")


async def test_a_counter_who_is_removed_holds_nothing(day: Day, take: Take) -> None:
    """His counts stay, his locks are free, and he counts no more."""
    await locked(take, ONE)
    rest = {"allowed_counters": take.company.counters[1:]}
    await day["auditor"].done(take.path, rest, "PUT")
    await locked(take, TWO)
    refused(await count(take, ONE), 403, "NOT_ALLOWED_TO_COUNT")
