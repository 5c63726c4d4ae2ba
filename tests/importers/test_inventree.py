"""An InvenTree export as dated stock: what records become, and the real one to the last piece."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from adapters.importers import inventree
from adapters.importers.table import BadFile
from adapters.postgres.reads import PostgresReads
from api.importing import Import
from api.services import system as itself
from domain.ids import warehouse_id
from projections.all import PROJECTIONS
from projections.queries.serial_units import Units, units
from tests.nats.conftest import PATIENCE_SECONDS
from tests.system import System

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "inventree"
FILE = DATA / "inventree_data.json"
Record = tuple[str, int, dict[str, Any]]
PLACES: tuple[Record, ...] = (
    ("stock.stocklocation", 1, {"name": "Lab", "pathstring": "Lab", "parent": None}),
    ("stock.stocklocation", 2, {"name": "Bin", "pathstring": "Lab/Bin", "parent": 1}),
    ("part.part", 7, {"name": "Bolt"}),
)
LEVELS = """
SELECT p.sku, w.code AS warehouse, s.location, s.on_hand
  FROM read.stock_levels_v1 s
  JOIN read.products_v1 p ON p.id = s.product
  JOIN read.places_v2 w ON w.id = s.warehouse
 WHERE s.organization = $1 AND s.on_hand <> 0
"""
BOOKS = """
SELECT p.sku, sum(m.delta) AS quantity
  FROM read.movements_v1 m JOIN read.products_v1 p ON p.id = m.product
 WHERE m.organization = $1 AND m.occurred_at < $2
 GROUP BY p.sku
"""


def item(pk: int, quantity: str, location: int | None = 2, **fields: Any) -> Record:
    """A stock item of the only part."""
    updated = "2024-01-31T00:00:00Z"
    facts = {"part": 7, "quantity": quantity, "location": location, "updated": updated}
    return "stock.stockitem", pk, facts | fields


def track(pk: int, day: int, kind: int, of: int = 1, **deltas: Any) -> Record:
    """What happened to a stock item on that day of January."""
    facts = {"tracking_type": kind, "item": of, "deltas": deltas, "notes": "by hand"}
    return "stock.stockitemtracking", pk, facts | {"date": f"2024-01-{day:02}T10:00:00Z"}


def taken(pk: int, day: int, quantity: str, part: int = 7) -> Record:
    """A stock-take of the part."""
    facts = {"part": part, "quantity": quantity, "item_count": 1, "date": f"2024-01-{day:02}"}
    return "part.partstocktake", pk, facts


def written(folder: Path, *records: Record) -> Path:
    """An export of these records."""
    file = folder / "export.json"
    entries = [{"model": model, "pk": pk, "fields": facts} for model, pk, facts in records]
    file.write_text(json.dumps(entries))
    return file


CREATED = track(1, 1, 1, quantity=10.0, location=2)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([item(1, "10.0"), CREATED], ["1 receive 10.000 BIN"]),
        ([item(1, "10.0")], ["31 receive 10.000 BIN"]),
        ([item(1, "10.0", None)], ["31 receive 10.000 UNLOCATED"]),
        ([item(1, "7.0"), CREATED, track(2, 2, 57, quantity=7.0, removed=3.0)],
         ["1 receive 10.000 BIN", "2 consume 3.000 BIN"]),
        ([item(1, "7.0"), CREATED, track(2, 2, 12, quantity=7.0, removed=3.0)],
         ["1 receive 10.000 BIN", "2 adjust -3.000 BIN"]),
        ([item(1, "7.0"), track(2, 2, 12, quantity=7.0, removed=3.0)],
         ["2 receive 10.000 BIN", "2 adjust -3.000 BIN"]),
        ([item(1, "12.0"), CREATED, track(2, 2, 11, quantity=12.0, added=2.0)],
         ["1 receive 10.000 BIN", "2 adjust 2.000 BIN"]),
        ([item(1, "10.0", 1), CREATED, track(2, 2, 20, location=1)],
         ["1 receive 10.000 BIN", "2 transfer 10.000 BIN LAB"]),
        ([item(1, "10.0"), track(1, 1, 1, quantity=10.0), track(2, 2, 20, location=2)],
         ["1 receive 10.000 UNLOCATED", "2 transfer 10.000 UNLOCATED BIN"]),
        ([item(1, "10.0", None, customer=3), CREATED, track(2, 2, 100, customer=3)],
         ["1 receive 10.000 BIN", "2 consume 10.000 BIN"]),
        ([item(1, "10.0"), CREATED, track(2, 2, 100), track(3, 3, 80, location=2)],
         ["1 receive 10.000 BIN", "2 consume 10.000 BIN", "3 adjust 10.000 BIN"]),
        ([item(1, "10.0", belongs_to=9), CREATED, track(2, 2, 30, stockitem=9)],
         ["1 receive 10.000 BIN", "2 consume 10.000 BIN"]),
        ([item(1, "10.0", belongs_to=9), CREATED],
         ["1 receive 10.000 BIN", "31 consume 10.000 BIN"]),
        ([item(1, "4.0"), CREATED, track(2, 2, 40, stockitem=9)], ["2 adjust 4.000 BIN"]),
        ([item(1, "10.0"), CREATED, track(2, 2, 55, status=50)], ["1 receive 10.000 BIN"]),
        ([item(1, "9.0"), CREATED], ["1 receive 10.000 BIN", "31 adjust -1.000 BIN"]),
        ([item(1, "9.0", is_building=True), CREATED], []),
        ([item(1, "10.0"), CREATED, taken(1, 5, "10.0")],
         ["1 receive 10.000 BIN", "5 set 10.000 BIN"]),
        ([item(1, "10.0"), CREATED, taken(1, 5, "8.0")],
         ["1 receive 10.000 BIN", "5 set 8.000 BIN", "31 adjust 2.000 BIN"]),
        ([item(1, "7.0"), CREATED, taken(1, 5, "2.0"), track(2, 6, 57, quantity=7.0, removed=3.0)],
         ["1 receive 10.000 BIN", "5 set 2.000 BIN", "6 adjust 1.000 BIN", "6 consume 3.000 BIN",
          "31 adjust 7.000 BIN"]),
        ([item(1, "5.0"), item(2, "3.0", 1), track(1, 1, 1, quantity=5.0, location=2),
          track(2, 1, 1, of=2, quantity=3.0, location=1), taken(1, 5, "2.0")],
         ["1 receive 5.000 BIN", "1 receive 3.000 LAB", "5 set 0.000 BIN", "5 set 2.000 LAB",
          "31 adjust 1.000 LAB", "31 adjust 5.000 BIN"]),
        ([item(1, "1.00049")], ["31 receive 1.000 BIN"]),
        ([item(1, "1.0", 1, serial="9", status=75), CREATED, track(2, 2, 20, location=1)],
         ["1 receive 1.000 BIN #9 poor", "2 transfer 1.000 BIN LAB #9"]),
        ([item(1, "1.0", serial="9", status=55), track(1, 1, 1, status=10, quantity=10.0),
          track(2, 2, 55, status=55)],
         ["1 receive 1.000 BIN #9 good", "2 assess 0.000 BIN #9 damaged"]),
        ([item(1, "1.0", serial="9", status=75), track(1, 1, 1, status=10, location=2),
          track(2, 2, 100), track(3, 3, 80, location=2, status=75)],
         ["1 receive 1.000 BIN #9 good", "2 consume 1.000 BIN #9", "3 adjust 1.000 BIN #9 poor",
          "3 assess 0.000 BIN #9 poor"]),
        ([item(1, "1.0", serial="9", belongs_to=4), track(1, 1, 1, location=2)],
         ["1 receive 1.000 BIN #9 good", "31 consume 1.000 BIN #9"]),
    ],
)  # fmt: skip
def test_records_become_movements_of_their_day(
    tmp_path: Path, records: list[Record], expected: list[str]
) -> None:
    """The last line is what leads to the file's own figure."""
    history = inventree.read(written(tmp_path, *PLACES, *records))

    told = []
    for movement in history.command.movements:
        places = (at.location or at.warehouse for at in (movement.where, movement.to) if at)
        what = f"{movement.at.day} {movement.kind} {movement.quantity}"
        unit = [f"#{movement.serial}"] if movement.serial else []
        if unit and movement.kind in {"receive", "adjust", "assess"}:
            unit.append(movement.condition)
        told.append(" ".join((what, *places, *unit)))
    assert told == expected


def test_a_batch_is_the_receipts_lot_and_its_price_the_cost(tmp_path: Path) -> None:
    """A price in a currency that the pricing is not in leaves the part's cost."""
    price = {"part": 7, "currency": "USD", "purchase_cost_min": None, "overall_min": "0.25"}
    dear: dict[str, Any] = {"purchase_price": "1.23456", "purchase_price_currency": "USD"}
    euros: dict[str, Any] = {"purchase_price": "9.0", "purchase_price_currency": "EUR"}
    file = written(
        tmp_path,
        *PLACES,
        ("part.partpricing", 1, price),
        item(1, "1.0", batch="B-1 ", **dear),
        item(2, "1.0", batch="", **euros),
    )
    command = inventree.read(file).command

    found = [(str(m.unit_cost), m.lot) for m in command.movements]
    assert found == [("1.2346", "B-1"), ("0.2500", None)]
    assert [(p.sku, str(p.unit_cost)) for p in command.products] == [("PART-7", "0.2500")]


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (item(1, "1.0", 9), "stock.stockitem 1: location 9 is not in the file"),
        (track(5, 1, 1, of=3), "stock.stockitemtracking 5: item 3 is not in the file"),
        (taken(4, 1, "1.0", part=8), "part.partstocktake 4: part 8 is not in the file"),
        (("stock.stocklocation", 3, {"name": "x", "pathstring": "x", "parent": 3}),
         "stock.stocklocation 3: its path has no end, a blank name"),
        (("stock.stocklocation", 3, {"name": " ", "pathstring": "x", "parent": 1}),
         "stock.stocklocation 3: its path has no end, a blank name"),
        (("stock.stockitem", 1, {"part": 7}), "stock.stockitem 1: Object missing required field"),
        (item(1, "many"), "stock.stockitem 1: quantity 'many' is no number"),
        (item(1, "-1.0"), "stock.stockitem 1: quantity '-1.0' is no number"),
        (track(5, 1, 1, location=[1]), "stock.stockitemtracking 5: location [1] is not in"),
        (track(5, 1, 55, status=[1]), "stock.stockitemtracking 5: status [1] is no number"),
        (track(5, 1, 12, quantity="x"), "stock.stockitemtracking 5: quantity 'x' is no number"),
    ],
)  # fmt: skip
def test_a_record_that_makes_no_sense_is_named(
    tmp_path: Path, record: Record, problem: str
) -> None:
    """Nothing is taken over of such a file."""
    records = {record[:2]: record} | {(m, pk): (m, pk, f) for m, pk, f in PLACES}
    if record[0] != "stock.stockitem":
        records["stock.stockitem", 1] = item(1, "1.0")
    with pytest.raises(BadFile) as refused:
        inventree.read(written(tmp_path, *records.values()))
    assert problem in str(refused.value)


def test_another_file_is_refused(tmp_path: Path) -> None:
    """It is no list of records."""
    file = tmp_path / "x.json"
    file.write_text('{"a": 1}')
    with pytest.raises(BadFile, match=r"x\.json: no export of InvenTree"):
        inventree.read(file)


class _Read:
    """The export by this test's own reading."""

    def __init__(self) -> None:
        self.models: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        for entry in json.loads(FILE.read_text()):
            self.models[entry["model"]][entry["pk"]] = entry["fields"]

    def sku(self, part: int) -> str:
        """The IPN in capitals, else the key."""
        ipn = self.models["part.part"][part]["IPN"]
        return ipn.upper() if ipn else f"PART-{part}"

    def stock(self) -> dict[tuple[str, str, str], Decimal]:
        """What is in stock of each part in each location."""
        found: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        for facts in self.models["stock.stockitem"].values():
            if facts["is_building"] or facts["customer"] or facts["belongs_to"]:
                continue
            path = "UNLOCATED"
            if facts["location"]:
                path = self.models["stock.stocklocation"][facts["location"]]["pathstring"]
            root, _, below = path.upper().partition("/")
            quantity = round(Decimal(facts["quantity"]), 3)
            found[self.sku(facts["part"]), root, below] += quantity
        return dict(found)

    def units(self) -> dict[tuple[str, str], str]:
        """Where the units with serial numbers are; those that have gone are nowhere."""
        found = {}
        for facts in self.models["stock.stockitem"].values():
            if facts["serial"] and not facts["is_building"]:
                gone = facts["customer"] or facts["belongs_to"]
                location = self.models["stock.stocklocation"].get(facts["location"])
                path = location["pathstring"].upper() if location else "UNLOCATED"
                key = (self.sku(facts["part"]), facts["serial"].upper())
                found[key] = "" if gone else path.partition("/")[2] or path
        return found

    def counts(self) -> dict[str, dict[str, Decimal]]:
        """The last count of each part on each day, without those that count other parts too."""
        found: dict[str, dict[str, Decimal]] = defaultdict(dict)
        for _, facts in sorted(self.models["part.partstocktake"].items()):
            if not self.models["part.part"][facts["part"]]["is_template"]:
                found[facts["date"]][self.sku(facts["part"])] = Decimal(facts["quantity"])
        return found


@pytest.mark.skipif(not FILE.exists(), reason="the real data is not at ../shared/data")
async def test_the_real_export_ends_with_its_own_figures_and_passes_every_count(
    system: System,
) -> None:
    """Each part at each location, and each part at the end of each day on which it was counted."""
    services, read = system.services, _Read()
    organization = await services.people.found(uuid4().hex)
    command = inventree.read(FILE).command
    created = (await Import(services, organization, command).run()).created
    assert created["product"] == len(read.models["part.part"]) == 414
    head = await services.log.head()
    assert not (await Import(services, organization, command).run()).created
    assert await services.log.head() == head

    names = [projection.id for projection in PROJECTIONS]
    await services.positions.reached(names, head, organization, PATIENCE_SECONDS)
    levels = await services.pool.fetch(LEVELS, organization)
    assert {(r["sku"], r["warehouse"], r["location"]): r["on_hand"] for r in levels} == read.stock()

    reads = PostgresReads(services.together, itself(organization, ("admin",)), services.identity)
    codes = {warehouse_id(organization, w.code): w.code for w in command.warehouses}
    known: dict[tuple[str, str], str] = {}
    cursor: str | None = ""
    while cursor is not None:
        page = await units(Units(limit=100, cursor=cursor or None), reads)
        for unit in page.items:
            root = "" if unit.warehouse is None else codes[unit.warehouse]
            known[unit.sku, unit.serial] = unit.location or root
            assert (unit.status == "gone") == (unit.place is None)
        cursor = page.next
    assert known == read.units()

    checked = Counter[str]()
    for day, counts in read.counts().items():
        end = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)
        rows = await services.pool.fetch(BOOKS, organization, end)
        books = {row["sku"]: row["quantity"] for row in rows}
        for sku, quantity in counts.items():
            assert books.get(sku, 0) == quantity, (day, sku)
            checked[day] += 1
    assert checked == {"2022-12-31": 16, "2023-01-06": 23, "2023-02-21": 374}
