"""Separation of duties over HTTP: who counted it all does not complete it (domain.md 1.1)."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.api.takes import Take, refused, started
from tests.system import Company

ILL = {"override": "Bob is ill"}
KEY = {"idempotency-key": "completion"}
RULE = "completer_is_not_the_only_counter"


async def counted_by(company: Company, who: str) -> Take:
    """A stock-take of two shelves, of which that one person has counted one."""
    everybody = [*company.counters, str(company[who].member)]
    take = await started(company, {"GLOVE": {"A1": 10, "A2": 5}}, allowed_counters=everybody)
    await take.counted(who, "GLOVE", "A1", 9)
    return take


async def status(take: Take) -> str:
    """The session's status, by its stream."""
    joined = await take.company["counter1"].done(
        "/stock-take/sessions/join", {"code": take.session["code"]}
    )
    return str(joined["status"])


async def overridden(company: Company, answer: Any) -> list[dict[str, Any]]:
    """The overrides that the organization's admins see."""
    found = await company["admin"].ask_after(answer, "/security-events?types=duties_overridden")
    items: list[dict[str, Any]] = found["items"]
    return items


async def test_the_only_counter_completes_once_somebody_else_has_counted_too(
    company: Company,
) -> None:
    """The session is given back meanwhile, and the refused request's key is as good as new."""
    take = await counted_by(company, "auditor")
    path, leave = f"{take.path}/complete", {"policy": "LEAVE"}
    for _ in range(2):
        refused(await company["auditor"].post(path, leave, KEY), 403, "DUTIES_NOT_SEPARATED")
    assert await status(take) == "ACTIVE"
    await take.counted("counter1", "GLOVE", "A2", 5)
    done = await company["auditor"].post(path, leave, KEY)
    assert (done.status_code, done.json()["status"]) == (200, "COMPLETED")
    assert await overridden(company, done) == []


async def test_somebody_else_completes_what_one_counted(company: Company) -> None:
    """Without any reason; one that is given is not needed, and no override."""
    take = await counted_by(company, "auditor")
    done = await take.act("admin", "complete", {"policy": "LEAVE", **ILL})
    assert done.status_code == 200
    assert await overridden(company, done) == []


async def test_only_an_admin_overrides_it(company: Company) -> None:
    """Anybody else is refused at once, whether it is needed or not."""
    take = await counted_by(company, "counter1")
    answer = await take.act("auditor", "complete", {"policy": "LEAVE", **ILL})
    assert refused(answer, 403, "OVERRIDING_NEEDS_ADMIN")["pointer"] == "/override"
    assert await status(take) == "ACTIVE"


async def test_an_admin_s_override_is_on_record(company: Company) -> None:
    """With its reason: in the replay, and among the security events."""
    take = await counted_by(company, "admin")
    refused(await take.act("admin", "complete", {"policy": "LEAVE"}), 403, "DUTIES_NOT_SEPARATED")
    for nothing in ("", "  "):
        body = {"policy": "LEAVE", "override": nothing}
        answer = await take.act("admin", "complete", body)
        assert refused(answer, 422, "INVALID_VALUE")["pointer"] == "/override"
    done = await take.act("admin", "complete", {"policy": "LEAVE", **ILL})
    assert done.status_code == 200, done.text

    (event,) = await overridden(company, done)
    admin = str(company["admin"].member)
    seen = [event["member"]["id"], event["actor"]["name"], event["rule"], event["reason"]]
    assert seen == [admin, "Admin", RULE, "Bob is ill"]
    assert event["subject"] == take.session["id"]
    replay = await company["auditor"].ask_after(
        done, f"{take.path}/history?types=stock_take_session.completed"
    )
    (entry,) = replay["items"]
    assert entry["payload"]["override"] == {"rule": RULE, "by": admin, "reason": "Bob is ill"}
    assert entry["position"] == event["position"]


async def test_a_single_counter_s_stock_take_is_completed_by_somebody_else(
    company: Company,
) -> None:
    """Whoever made it for himself alone is its only counter."""
    take = await started(company, {"GLOVE": {"A1": 10}}, allowed_counters=[], is_multi_user=False)
    await take.counted("auditor", "GLOVE", "A1", 9)
    refused(await take.act("auditor", "complete"), 403, "DUTIES_NOT_SEPARATED")
    assert (await take.act("admin", "complete")).status_code == 200


async def test_a_count_taken_back_while_it_is_completed_is_no_second_pair_of_eyes(
    company: Company,
) -> None:
    """Either it came too late and stands, or the completer is alone and refused."""
    take = await counted_by(company, "auditor")
    line = await take.counted("counter1", "GLOVE", "A2", 5)
    back, done = await asyncio.gather(
        company["counter1"].send("DELETE", f"/stock-take/counts/{line['lines'][0]['id']}"),
        take.act("auditor", "complete", {"policy": "LEAVE"}),
    )
    assert (back.status_code, done.status_code) in {(200, 403), (409, 200)}
