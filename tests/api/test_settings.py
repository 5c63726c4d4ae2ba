"""Settings over HTTP: what there is, what may be chosen, and that it is heeded (domain.md 18)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from api.aggregates import Aggregates
from api.door import FRESH_SECONDS, Door
from domain.people.organization_commands import ChangeSettings
from domain.settings import Settings
from tests.api.conftest import Day
from tests.api.shop import Shop
from tests.api.takes import refused, started, until
from tests.system import PASSWORD, Company, System


def path(company: Company) -> str:
    """Where its settings are."""
    return f"/organizations/{company.id}/settings"


async def choose(company: Company, **changes: Any) -> dict[str, Any]:
    """The settings after its admin has changed these."""
    done = await company["admin"].done(path(company), changes, "PATCH")
    found: dict[str, Any] = done["settings"]
    return found


async def test_what_is_not_chosen_is_the_default(company: Company) -> None:
    """Each setting with both, and the names of those that differ."""
    answer = await company["admin"].send("PATCH", path(company), {"lock_seconds": 60})
    shown = await company["supervisor"].ask_after(answer, path(company))
    assert shown == answer.json()["settings"]
    defaults = msgspec.json.decode(msgspec.json.encode(Settings(), enc_hook=str))
    assert (shown["defaults"], shown["values"]) == (defaults, {**defaults, "lock_seconds": 60})
    assert shown["chosen"] == ["lock_seconds"]
    back = await choose(company, lock_seconds=None)
    assert (back["values"], back["chosen"]) == (defaults, [])


async def test_a_change_is_an_event_with_what_was_named(system: System, company: Company) -> None:
    """Who, when and which: that is the audit. What changes nothing is none."""
    for _ in range(2):
        await choose(company, recount_value="250", blind_counting=False)
    asked = (
        "SELECT convert_from(payload, 'UTF8') AS payload, actor FROM es.events"
        " WHERE stream_id = $1 AND event_type = 'organization.settings_changed'"
    )
    (event,) = await system.services.pool.fetch(asked, company.id)
    changes = msgspec.json.decode(event["payload"])["changes"]
    assert changes == {"recount_value": "250.00", "blind_counting": False}
    assert event["actor"] == company["admin"].member


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lock_seconds": 9}, "/lock_seconds"),
        ({"lock_seconds": 3_601}, "/lock_seconds"),
        ({"currency": "euro"}, "/currency"),
        ({"uncounted_policy": "SKIP"}, "/uncounted_policy"),
        ({"recount_value": "-1"}, "/recount_value"),
        ({"tolerance_percent": {"A": "1"}}, "/tolerance_percent"),
        ({"abc_cut_offs_percent": ["80", "101"]}, "/abc_cut_offs_percent/1"),
        ({"clearance_reminder_days": [0]}, "/clearance_reminder_days/0"),
        ({"access_token_hours": 25}, "/access_token_hours"),
        ({"moon_phase": 3}, "/moon_phase"),
    ],
)
async def test_a_value_beyond_its_bounds_is_pointed_at(
    company: Company, change: dict[str, Any], pointer: str
) -> None:
    """So is a name that there is not; of what comes with it nothing is done either."""
    answer = await company["admin"].send("PATCH", path(company), {"mail_attempts": 3, **change})
    assert refused(answer, 422, "INVALID_VALUE")["pointer"] == pointer
    assert (await company["admin"].get(path(company))).json()["chosen"] == []


async def test_settings_are_for_those_who_may(company: Company) -> None:
    """Supervisors read them, admins change them."""
    refused(await company["member"].get(path(company)), 403, "FORBIDDEN")
    refused(
        await company["supervisor"].send("PATCH", path(company), {"mail_attempts": 3}),
        403,
        "FORBIDDEN",
    )


def test_every_setting_may_be_changed_by_its_name() -> None:
    """Another list of them would be forgotten some day."""
    assert ChangeSettings.__struct_fields__ == Settings.__struct_fields__


async def chosen(system: System, company: Company, who: str, **changes: Any) -> None:
    """Its admin chooses; then the news of it has come to whoever lets that one in.

    The time that the API believes stands still, so nothing is asked anew for its age.
    """
    await system.services.door.authenticate(company[who].token, system.clock())
    await choose(company, **changes)
    wanted = Settings(**changes)

    async def heard() -> bool:
        found = await system.services.door.authenticate(company[who].token, system.clock())
        return all(getattr(found.settings, name) == getattr(wanted, name) for name in changes)

    await until(heard)


async def test_a_lock_lasts_as_long_as_was_chosen(system: System, day: Day) -> None:
    """From the next one on."""
    take = await started(day.company, {"GLOVE": {"A1": 10}})
    await chosen(system, day.company, "counter1", lock_seconds=60)
    answer = await day["counter1"].done("/stock-take/locks", take.lock("GLOVE"))
    assert answer["lock"]["expires_at"] == "2025-03-25T09:01:00Z"


async def test_a_stock_take_is_blind_or_not_as_was_chosen(system: System, day: Day) -> None:
    """Unless it says so itself."""
    await chosen(system, day.company, "auditor", blind_counting=False)
    plan = {"warehouse": str(day.company.warehouse), "allowed_counters": day.company.counters}
    assert (await day["auditor"].done("/stock-take/sessions", plan))["blind"] is False


async def test_what_is_uncounted_is_left_as_was_chosen(system: System, day: Day) -> None:
    """Where the default would block."""
    take = await started(day.company, {"GLOVE": {"A1": 10}})
    refused(await take.act("auditor", "complete"), 409, "UNCOUNTED_ITEMS")
    await chosen(system, day.company, "auditor", uncounted_policy="LEAVE")
    assert (await take.act("auditor", "complete")).status_code in {200, 202}


async def test_a_reservation_lasts_as_long_as_was_chosen(system: System, day: Day) -> None:
    """To the second; then it is anybody's again."""
    await chosen(system, day.company, "admin", reservation_lifetime_hours=1)
    entry = await Shop(day.company).entry(10)
    body = {"product": entry["product"], "location": "A1", "order": "O-1"}
    await day["admin"].done("/store/inventory/reserve", {**body, "quantity": 4})
    day.at("09:59:59")
    all_of_it = {**body, "quantity": 10}
    refused(
        await day["admin"].post("/store/inventory/reserve", all_of_it), 409, "INSUFFICIENT_STOCK"
    )
    day.at("10:00")
    await day["admin"].done("/store/inventory/reserve", all_of_it)


async def test_lockout_and_tokens_are_as_was_chosen(system: System, day: Day) -> None:
    """For the next log-in."""
    await chosen(system, day.company, "counter1", lockout_failures=2, access_token_hours=1)

    async def log_in(password: str) -> Any:
        body = {"username": f"counter1@{day.company.name}", "password": password}
        return await system.anonymous.post("/auth/token", body)

    assert (await log_in(PASSWORD)).json()["expires_in"] == 3_600
    for _ in range(2):
        refused(await log_in("wrong"), 401, "BAD_CREDENTIALS")
    refused(await log_in(PASSWORD), 401, "BAD_CREDENTIALS")
    day.at("09:15")
    assert (await log_in(PASSWORD)).status_code == 200


async def test_without_news_a_change_is_heeded_in_time(system: System, company: Company) -> None:
    """A process that hears nothing asks anew after two seconds."""
    services = system.services
    deaf = Door(services.identity, services.sessions, Aggregates(services.log))
    token, now = company["counter1"].token, system.clock()
    assert (await deaf.authenticate(token, now)).settings.lock_seconds == 300
    await choose(company, lock_seconds=60)
    later = now + timedelta(seconds=FRESH_SECONDS)
    deaf._tenants.drop(lambda _: True)  # noqa: SLF001 - what it keeps of organizations grew as old
    assert (await deaf.authenticate(token, later)).settings.lock_seconds == 60
