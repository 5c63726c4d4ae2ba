"""A backup holds a moment of a log that goes on, and what is restored from it goes on too."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from prometheus_client import CollectorRegistry

from adapters import embedded
from adapters.mail import Mail
from adapters.mail import newest as newest_mails
from adapters.metrics import Metrics
from api.mails import Mails
from api.services import Services, now, services
from domain.base import Recorded
from domain.people.account import AccountEvent
from domain.people.organization import Organization
from domain.stock.movement import StockAdjusted
from projections.all import PROJECTIONS
from tests.conftest import SMALL, Database
from tests.faults.busy import busy
from tests.faults.killed.site import NAMES, Site
from tests.faults.rebuilt import is_replay, whole
from tests.nats.conftest import MortalNats
from tests.restored.servers import MortalPostgres
from tests.system import QUICK, Client, founded, logged_in

HEADER = "tallybook-position"
SCHEMAS = "SELECT count(*) FROM pg_namespace WHERE nspname IN ('es', 'read', 'identity')"


async def tallybook(*arguments: object, **variables: object) -> tuple[int, str]:
    """Runs the command with these variables only; its exit code and all that it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "api.cli", *map(str, arguments)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={
            "PATH": os.environ["PATH"],
            "COLUMNS": "300",
            **{name: str(value) for name, value in variables.items()},
        },
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


def of(database: Database | MortalPostgres) -> dict[str, str]:
    """The settings that name a server of one's own."""
    return {
        "TALLYBOOK_DATABASE_URL": database.app_url,
        "TALLYBOOK_ADMIN_DATABASE_URL": database.admin_url,
        "TALLYBOOK_NATS_URL": "nats://127.0.0.1:1",
    }


class Trade:
    """Goes on until it is told to end."""

    def __init__(self, client: Client, product: str) -> None:
        where = {"product": product, "location": "A1", "quantity": 1, "reason": "found"}
        self.client, self.body = client, where
        self.positions: list[str] = []

    async def one(self) -> str:
        """One more; its position."""
        answer = await self.client.post("/store/inventory/adjust", self.body)
        assert answer.status_code == 200, answer.text
        self.positions.append(answer.headers[HEADER])
        return self.positions[-1]

    async def until(self, over: asyncio.Future[tuple[int, str]]) -> tuple[int, str]:
        """One after the other until then."""
        while not over.done():
            await self.one()
        return over.result()


@asynccontextmanager
async def installation(
    home: Path, database_url: str, nats_url: str
) -> AsyncIterator[tuple[Services, httpx.AsyncClient]]:
    """Its processes run meanwhile; a hand in its log, and a way to its API."""
    site = Site(home, database_url, nats_url)
    site.start(*NAMES)
    try:
        await site.ready()
        async with (
            services(site.configuration, Metrics(CollectorRegistry()), QUICK) as hand,
            httpx.AsyncClient(base_url=site.url, timeout=30) as http,
        ):
            yield hand, http
    finally:
        site.stop()


async def stocked(admin: Client) -> dict[str, Any]:
    """Ten of a new product on shelf A1."""
    product = (await admin.done("/parts", {"sku": "TRADED", "name": "Traded"}))["id"]
    where = {"product": product, "location": "A1", "quantity": 10, "reason": "opening"}
    entry: dict[str, Any] = await admin.done("/store/inventory/set", where)
    return entry


def invitation(organization: UUID) -> Mail:
    """One that waits for days, with what opens a door in it."""
    house = Organization.blank(organization)
    until = now() + timedelta(days=7)
    return Mails("https://a.org").invitation("bob@example.org", house, "Ann", "token", until)


def shape(event: Recorded) -> tuple[object, ...]:
    """All of an event."""
    return (
        *(event.position, event.stream, event.version, event.organization, event.actor),
        *(event.occurred_at, event.recorded_at, event.event),
    )


async def test_a_busy_system_is_saved_and_goes_on_elsewhere(
    database: Database, mortal_nats: MortalNats, home: Path, tmp_path: Path
) -> None:
    """Every row is that of a fresh fold, people log in, positions are there or lost; no mail is."""
    file, elsewhere = tmp_path / "backup", home / "elsewhere"
    async with installation(tmp_path, database.app_url, mortal_nats.url) as (hand, http):
        company = await founded(hand.people, http)
        await busy(company, 3)
        entry = await stocked(company["admin"])
        trade = Trade(company["admin"], entry["product"])
        before = await trade.one()
        await hand.outbox.put(invitation(company.id), now())
        saving = asyncio.ensure_future(tallybook("backup", file, **of(database)))
        code, said = await trade.until(saving)
        after = await trade.one()
        assert code == 0, said
        saved = await whole(hand.log)
    facts = re.search(r"([\d,]+) events of [\d,]+ streams up to position (\d+), epoch 1\n", said)
    assert facts, said
    position = int(facts[2])
    assert facts[1] == f"{position:,}"
    assert len(trade.positions) > 2
    assert position < len(saved)
    assert f"sha256 {hashlib.sha256(file.read_bytes()).hexdigest()}" in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    code, said = await tallybook("restore", file, TALLYBOOK_HOME=elsewhere)
    assert code == 0, said
    with embedded.servers(elsewhere, SMALL) as servers:
        urls = (servers.database_url, servers.nats_url)
        async with installation(elsewhere, *urls) as (hand, http):
            log = await whole(hand.log)
            assert [*map(shape, log)] == [*map(shape, saved[:position])]
            admin = (await logged_in(http, company.id, company.name, ["admin"]))["admin"]
            path = f"/inventory/items/{entry['id']}"
            assert (await admin.get(path, {HEADER: before})).status_code == 200
            lost = await admin.get(path, {HEADER: after})
            assert (lost.status_code, lost.json()["code"]) == (410, "POSITION_LOST")
            assert await newest_mails(hand.pool, now(), 1) == []
            newest = await Trade(admin, entry["product"]).one()
            shown = await admin.get(path, {HEADER: newest})
            log = await whole(hand.log)
            assert [event.position for event in log] == list(range(1, len(log) + 1))
            new = [event for event in log[position:] if not isinstance(event.event, AccountEvent)]
            assert len(new) == 1
            there = 10 + sum(_adjusted(log, entry["id"]))
            assert Decimal(shown.json()["on_hand"]) == there
            for projection in PROJECTIONS:
                assert await is_replay(hand.pool, projection, log), projection.id


def _adjusted(log: list[Recorded], pool: str) -> Iterator[Decimal]:
    for recorded in log:
        if isinstance(recorded.event, StockAdjusted) and str(recorded.stream) == pool:
            yield recorded.event.delta


async def test_a_backup_overwrites_a_file_only_by_force(database: Database, tmp_path: Path) -> None:
    """And leaves nothing beside it."""
    file = tmp_path / "backup"
    file.write_text("precious")
    code, said = await tallybook("backup", file, **of(database))
    assert (code, file.read_text()) == (1, "precious")
    assert "exists: name another file, or add --force" in said
    code, said = await tallybook("backup", "--force", file, **of(database))
    assert code == 0, said
    assert file.read_bytes()[:5] == b"PGDMP"
    assert [one.name for one in tmp_path.iterdir()] == ["backup"]


@pytest.mark.parametrize(
    ("kept_bytes", "message"),
    [(0, "input file is too short"), (1_000, "end of file"), (-2_000, "could not read")],
    ids=["empty", "table of contents cut", "data cut"],
)
async def test_a_file_that_is_not_whole_is_refused_before_anything_is_written(
    database: Database,
    mortal_postgres: MortalPostgres,
    tmp_path: Path,
    kept_bytes: int,
    message: str,
) -> None:
    """In one line."""
    file = tmp_path / "backup"
    assert (await tallybook("backup", file, **of(database)))[0] == 0
    file.write_bytes(file.read_bytes()[:kept_bytes])
    await emptied(mortal_postgres)
    code, said = await tallybook("restore", file, **of(mortal_postgres))
    assert code == 1
    assert message in said
    assert "Traceback" not in said
    admin = await asyncpg.connect(mortal_postgres.admin_url)
    assert await admin.fetchval(SCHEMAS) == 0
    await admin.close()


async def test_only_an_empty_database_is_restored(database: Database, tmp_path: Path) -> None:
    """A log is never mixed with another."""
    file = tmp_path / "backup"
    assert (await tallybook("backup", file, **of(database)))[0] == 0
    code, said = await tallybook("restore", file, **of(database))
    assert code == 1
    assert "The database is not empty" in said


async def emptied(postgres: MortalPostgres) -> None:
    """Takes all that migrations made out of the database, but for the server's roles."""
    admin = await asyncpg.connect(postgres.admin_url)
    await admin.execute("DROP SCHEMA es, read, identity, migrations CASCADE")
    await admin.close()
