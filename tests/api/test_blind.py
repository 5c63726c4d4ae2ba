"""Blind counting: nothing that a counter is told holds the book or another's count (1.5)."""

from __future__ import annotations

import httpx

from tests.api.questions import QUERIES
from tests.api.takes import Take, refused, started
from tests.system import Client, Company

BOOK, THEIRS, OWN = "7919", "6841", "31"
COUNTS, LOCKS = "/stock-take/counts", "/stock-take/locks"


async def taken(company: Company, *, blind: bool = True) -> tuple[Take, httpx.Response]:
    """Counter 2 has counted shelf B1, counter 1 shelf A1, and that was his answer."""
    take = await started(company, {"GLOVE": {"A1": BOOK, "B1": 5}}, blind=blind)
    await take.counted("counter2", "GLOVE", "B1", THEIRS)
    return take, await company["counter1"].post(COUNTS, take.count("GLOVE", "A1", OWN))


async def everything(who: Client, take: Take, after: httpx.Response) -> dict[str, httpx.Response]:
    """What every query answers about that stock-take, its product and its warehouse."""
    headers = {"tallybook-position": after.headers["tallybook-position"]}
    ids = {
        "{code}": take.session["code"],
        "{store_id}": take.session["warehouse"],
        "{product_id}": take.product("GLOVE"),
    }
    answers = {}
    for row in QUERIES:
        path = row.partition(" ")[2].replace("{id}", _subject(row, take))
        for name, value in ids.items():
            path = path.replace(name, value)
        answers[row] = await who.get(path, headers)
    return answers


def _subject(row: str, take: Take) -> str:
    if "/stock-take" in row:
        return str(take.session["id"])
    if "/warehouses" in row:
        return str(take.session["warehouse"])
    if "/inventory/items" in row:
        return str(take.pools["GLOVE", "A1"]["id"])
    return take.product("GLOVE")


def tells(answer: httpx.Response) -> bool:
    """Whether it gives away the book, another's count, or a variance that leads to them."""
    return any(figure in answer.text for figure in (BOOK, THEIRS, "-7888", "7924", "6872"))


async def test_no_query_tells_a_counter_what_he_should_find(company: Company) -> None:
    """Of all that are served; the reviewer is told by the same ones."""
    take, after = await taken(company)
    told = await everything(company["counter1"], take, after)
    assert not {row for row, answer in told.items() if tells(answer)}
    review = await everything(company["auditor"], take, after)
    assert {
        "GET /stock-take/sessions/{id}/variances",
        "GET /stock-take/sessions/{id}/counts",
        "GET /stock-take/sessions/{id}/items",
        "GET /stock-take/sessions/{id}/history",
        "GET /admin/inventory",
        "GET /parts/{id}",
    } <= {row for row, answer in review.items() if tells(answer)}


async def test_no_command_tells_a_counter_what_he_should_find(company: Company) -> None:
    """Neither when it is done nor when it is refused."""
    take, _ = await taken(company)
    one, two = company["counter1"], company["counter2"]
    answers = [
        await one.post("/stock-take/sessions/join", {"code": take.session["code"]}),
        await one.post(LOCKS, take.lock("GLOVE")),
        await one.post(COUNTS, take.count("GLOVE", "A1", 30)),
        await one.post(COUNTS, take.count("GLOVE", "B1", 30)),
        await one.post(COUNTS, take.count("GLOVE", "A1", -1)),
        await one.post(f"{take.path}/complete", {}),
    ]
    locked = await two.post(LOCKS, take.lock("GLOVE"))
    answers += [
        await one.post(LOCKS, take.lock("GLOVE")),
        await one.post(COUNTS, take.count("GLOVE", "A1", 30)),
        await one.send("DELETE", f"{LOCKS}/{locked.json()['id']}"),
    ]
    await two.send("DELETE", f"{LOCKS}/{locked.json()['id']}")
    lines = answers[2].json()["lines"]
    assert [(line["quantity"], line["captured"]) for line in lines] == [("30.000", None)]
    answers.append(await one.send("DELETE", f"{COUNTS}/{lines[0]['id']}"))
    assert answers[-1].status_code == 200
    refused(answers[3], 409, "ALREADY_COUNTED")
    assert not [answer.text for answer in answers if tells(answer)]


async def test_another_counters_lines_cannot_be_asked_for(company: Company) -> None:
    """By his id, by the shelf or by the item."""
    take, after = await taken(company)
    two, item = company["counter2"].member, take.product("GLOVE")
    for query in (f"counter={two}", "shelf=B1", f"item={item}", "limit=1"):
        page = await company["counter1"].ask_after(after, f"{take.path}/counts?{query}")
        assert {line["shelf"] for line in page["items"]} <= {"A1"}
    (line,) = after.json()["lines"]
    answer = await company["counter2"].send("DELETE", f"{COUNTS}/{line['id']}")
    refused(answer, 403, "COUNT_OF_ANOTHER")


async def test_the_totals_stay_hidden_from_counters_afterwards(company: Company) -> None:
    """The session says that it is completed, and to reviewers with what result."""
    take, _ = await taken(company)
    done = await take.act("auditor", "complete", {})
    assert done.json()["totals"]["net_value"]
    seen = await company["counter1"].ask_after(done, take.path)
    assert (seen["status"], seen["totals"]) == ("COMPLETED", None)
    assert (await company["auditor"].get(take.path)).json()["totals"] == done.json()["totals"]


async def test_where_counting_is_not_blind_the_book_is_shown(company: Company) -> None:
    """It is decided when the session is planned, and only then."""
    take, after = await taken(company, blind=False)
    captured = {line["shelf"]: line["captured"] for line in after.json()["lines"]}
    assert captured == {"A1": "7924.000", "B1": "7924.000"}
    answer = await company["auditor"].send("PUT", take.path, {"blind": True})
    refused(answer, 409, "ONLY_IN_DRAFT")
