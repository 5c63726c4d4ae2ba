"""A stock-take over HTTP: planned, started, counted, completed."""

from __future__ import annotations

from tests.api.takes import refused, started
from tests.system import Company


async def test_three_shelves_of_counts_become_exactly_their_variances(company: Company) -> None:
    """From planning to the final stock, while a sale goes on."""
    take = await started(company, {"GLOVE": {"A1": 30, "A2": 20}, "HOOD": {"B1": 8}})
    one, two = company["counter1"], company["counter2"]
    joined = await one.done("/stock-take/sessions/join", {"code": take.session["code"].lower()})
    assert joined["status"] == "ACTIVE"
    await one.done("/stock-take/counts", take.count("GLOVE", "A1", 30))
    await take.move("GLOVE", "A1", -4)
    await two.done("/stock-take/counts", take.count("GLOVE", "A2", 17))
    await two.done("/stock-take/counts", take.count("HOOD", "B1", 8))
    done = await company["auditor"].post(f"{take.path}/complete", {})
    assert done.status_code == 200, done.text
    assert done.json()["totals"] == {
        "items": 2,
        "posted": 2,
        "uncounted": 0,
        "left_out": 0,
        "net_value": "-7.50",
        "gross_value": "7.50",
    }


async def test_completion_is_refused_while_items_are_uncounted(company: Company) -> None:
    """BLOCK is the default; the session goes on as it was."""
    take = await started(company, {"GLOVE": {"A1": 30, "A2": 20}})
    await company["counter1"].done("/stock-take/counts", take.count("GLOVE", "A1", 30))
    answer = await company["auditor"].post(f"{take.path}/complete", {})
    assert len(refused(answer, 409, "UNCOUNTED_ITEMS")["items"]) == 1
    await company["counter1"].done("/stock-take/counts", take.count("GLOVE", "A2", 20))
    assert (await company["auditor"].post(f"{take.path}/complete", {})).status_code == 200
