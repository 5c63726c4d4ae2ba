"""Analysts: whatever SQL they send, they see one organization's rows and change none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.postgres.analysts import AnalystExists, Analysts, NoSuchAnalyst
from projections.all import PROJECTIONS
from projections.stock import STOCK_LEVELS
from tests.conftest import Database

TABLES = [projection.table for projection in PROJECTIONS]
TABLES += [projection.versions for projection in PROJECTIONS if projection.temporal]
ROW = """
INSERT INTO {table} (id, organization, warehouse, place, location, product, on_hand, reserved,
                     issued, quarantine, bin, note, version, updated_at)
VALUES (gen_random_uuid(), $1, $1, $1, 'A1', $1, 1, 0, 0, 0, '', '', 1, now())
"""
FORBIDDEN = {
    "read the log": "TABLE es.events",
    "read the log as JSON": "TABLE es.events_json",
    "read names": "TABLE identity.members",
    "read who the analysts are": "TABLE identity.analysts",
    "read sessions": "TABLE identity.sessions",
    "read checkpoints": "TABLE read.checkpoints",
    "read snapshots": "TABLE read.snapshots",
    "write": f"TRUNCATE {STOCK_LEVELS.table}",
    "begin an epoch": "SELECT es.begin_epoch(1, '')",
    "forget keys": "SELECT es.forget_keys(1)",
    "become the application": "SET ROLE tallybook_app",
    "switch row security off": f"ALTER TABLE {STOCK_LEVELS.table} DISABLE ROW LEVEL SECURITY",
    "choose an organization": "UPDATE identity.analysts SET organization_id = NULL",
}


@pytest.fixture
async def organizations(admin: asyncpg.Connection) -> list[UUID]:
    """Two, with a stock entry each."""
    found = [uuid4(), uuid4()]
    made = (
        "INSERT INTO read.organizations_v2"
        " (id, organization, name, type, active, chosen, created_at, version)"
        " VALUES ($1, $1, $2, 'independent', true, '{}', now(), 1)"
    )
    for organization, name in zip(found, ("Ours", "Theirs"), strict=True):
        await admin.execute(made, organization, name)
    for organization in found:
        await admin.execute(ROW.format(table=STOCK_LEVELS.table), organization)
    return found


@pytest.fixture
async def role(admin: asyncpg.Connection, organizations: list[UUID]) -> AsyncIterator[str]:
    """An analyst of the first; roles are the whole server's."""
    name = f"analyst_{uuid4().hex}"
    await Analysts(admin).add(name, "it's secret", organizations[0])
    yield name
    await Analysts(admin).remove(name)


@pytest.fixture
async def analyst(role: str, database: Database) -> AsyncIterator[asyncpg.Connection]:
    """His own connection."""
    connection = await asyncpg.connect(database.admin_url.replace("postgres@", f"{role}@"))
    yield connection
    await connection.close()


async def test_an_analyst_sees_his_organizations_rows_only(
    analyst: asyncpg.Connection, organizations: list[UUID]
) -> None:
    """Also when he claims to be somebody else."""
    await analyst.execute("SET tallybook.organization = 'x'; SET row_security = on")
    seen = await analyst.fetch(f"SELECT organization FROM {STOCK_LEVELS.table}")  # noqa: S608 - ours
    assert [row["organization"] for row in seen] == organizations[:1]


@pytest.mark.parametrize("table", TABLES)
async def test_every_read_model_is_readable_and_secured(
    analyst: asyncpg.Connection, admin: asyncpg.Connection, table: str
) -> None:
    """A table that is added is, too, with its versions."""
    await analyst.fetch(f"SELECT organization FROM {table}")  # noqa: S608 - ours
    secured = "SELECT relrowsecurity FROM pg_class WHERE oid = $1::text::regclass"
    assert await admin.fetchval(secured, table)


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN)
async def test_an_analyst_may_do_nothing_else(analyst: asyncpg.Connection, statement: str) -> None:
    """The database refuses it."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await analyst.execute(statement)


async def test_without_row_security_a_query_is_refused_instead_of_answered(
    analyst: asyncpg.Connection,
) -> None:
    """As PostgreSQL has it for those who may not pass it by."""
    await analyst.execute("SET row_security = off")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await analyst.fetch(f"TABLE {STOCK_LEVELS.table}")


async def test_a_role_without_an_organization_sees_nothing(
    analyst: asyncpg.Connection,
    admin: asyncpg.Connection,
    role: str,
    organizations: list[UUID],
) -> None:
    """The mapping decides, at every statement."""
    await admin.execute("DELETE FROM identity.analysts")
    assert await analyst.fetch(f"TABLE {STOCK_LEVELS.table}") == []
    mapped = "INSERT INTO identity.analysts VALUES ($1::text::name, $2)"
    await admin.execute(mapped, role, organizations[0])
    assert len(await analyst.fetch(f"TABLE {STOCK_LEVELS.table}")) == 1


async def test_an_analyst_goes_with_all_that_he_made(
    admin: asyncpg.Connection, organizations: list[UUID], database: Database
) -> None:
    """PostgreSQL lets everybody make large objects and temporary tables."""
    role = f"analyst_{uuid4().hex}"
    await Analysts(admin).add(role, "x", organizations[0])
    analyst = await asyncpg.connect(database.admin_url.replace("postgres@", f"{role}@"))
    try:
        await analyst.execute("SELECT lo_create(0); CREATE TEMPORARY TABLE mine (x int)")
        await Analysts(admin).remove(role)
    finally:
        await analyst.close()
    assert not await admin.fetchval("SELECT count(*) FROM pg_largeobject_metadata")
    assert await admin.fetchval("SELECT to_regrole($1)", role) is None


async def test_a_role_that_is_there_is_not_taken_over(
    admin: asyncpg.Connection, organizations: list[UUID], role: str
) -> None:
    """Neither an analyst's nor the application's, and only analysts are removed."""
    for name in (role, "tallybook_app"):
        with pytest.raises(AnalystExists):
            await Analysts(admin).add(name, "x", organizations[1])
    with pytest.raises(NoSuchAnalyst):
        await Analysts(admin).remove("tallybook_app")
    assert [one.organization for one in await Analysts(admin).all()] == ["Ours"]
