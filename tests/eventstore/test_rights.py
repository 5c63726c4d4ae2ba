"""What the database itself refuses, whoever asks."""

from __future__ import annotations

from typing import Literal
from uuid import uuid4

import asyncpg
import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.packing import MAX_EVENT_BYTES, prepare
from tests.eventstore.specimens import REGISTRY, call, one, stored

CHANGES = {
    "update": "UPDATE es.events SET payload = ''",
    "delete": "DELETE FROM es.events",
    "truncate": "TRUNCATE es.events",
    "epoch": "UPDATE es.epochs SET began_after = 0",
    "empty update": "UPDATE es.events SET payload = '' WHERE false",
}
WRITES = {
    **CHANGES,
    "insert": "INSERT INTO es.events SELECT * FROM es.events",
    "claim": "INSERT INTO es.claims SELECT gen_random_uuid(), 'k', 'v', gen_random_uuid()",
    "make up an epoch": "INSERT INTO es.epochs SELECT 2, 0, now(), 0, 0, ''",
    "free a claim": "DELETE FROM es.claims",
    "forget a key": "DELETE FROM es.idempotency_keys",
    "drop": "DROP TABLE es.events",
    "disable": "ALTER TABLE es.events DISABLE TRIGGER events_append_only",
    "replace": "DROP FUNCTION es.confirm",
    "become the owner": "SET ROLE es_owner",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize(
    "guise",
    ["RESET ROLE", "SET ROLE es_owner", "SET session_replication_role = replica"],
    ids=["superuser", "owner", "replica"],
)
async def test_the_log_is_append_only_for_everyone(
    log: PostgresLog, admin: asyncpg.Connection, guise: str, change: str
) -> None:
    """Not even its owner, or a superuser who switches ordinary triggers off, changes an event."""
    await log.append(one())
    before = await stored(admin)
    await admin.execute(guise)
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="append-only"):
        await admin.execute(change)
    assert await stored(admin) == before


@pytest.mark.parametrize("statement", WRITES.values(), ids=WRITES)
async def test_the_application_writes_through_the_function_only(
    application: asyncpg.Connection, statement: str
) -> None:
    """Its role may read the log and call es.append and es.confirm."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await application.execute(statement)
    await call(application, [one()])
    assert len(await stored(application)) == 1


async def test_the_owners_cannot_log_in(admin: asyncpg.Connection) -> None:
    """Nor is the application's role a member of any of them."""
    rows = await admin.fetch("SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname ~ '_owner$'")
    owners = {row["rolname"]: row["rolcanlogin"] for row in rows}
    for owner in ("es_owner", "read_owner", "identity_owner"):
        assert owners[owner] is False
        assert not await admin.fetchval("SELECT pg_has_role('tallybook_app', $1, 'member')", owner)


@pytest.mark.parametrize("level", ["repeatable_read", "serializable"])
async def test_an_append_refuses_any_isolation_but_read_committed(
    application: asyncpg.Connection, level: Literal["repeatable_read", "serializable"]
) -> None:
    """It would take its snapshot before it has the lock."""
    with pytest.raises(asyncpg.ActiveSQLTransactionError):
        async with application.transaction(isolation=level):
            await call(application, [one()])


async def test_the_roles_settings_bound_every_wait(application: asyncpg.Connection) -> None:
    """As the role's, they hold through a pooler too."""
    names = ("lock_timeout", "statement_timeout", "transaction_timeout")
    settings = [await application.fetchval("SELECT current_setting($1)", name) for name in names]
    assert settings == ["2s", "5s", "6s"]
    idle = await application.fetchval("SHOW idle_in_transaction_session_timeout")
    assert idle == "1s"


async def test_the_function_refuses_a_payload_above_64_kib(application: asyncpg.Connection) -> None:
    """As a value error, whoever calls it."""
    prepared = prepare(one(), REGISTRY)
    (row,) = prepared.events
    prepared.events[0] = (*row[:-1], b"x" * (MAX_EVENT_BYTES + 1))
    with pytest.raises(asyncpg.CheckViolationError):
        await call(application, [prepared])
    assert await stored(application) == []


async def test_the_application_may_do_everything_with_read_models(
    admin: asyncpg.Connection, application: asyncpg.Connection
) -> None:
    """Also with tables made later, by the admin or as the schema's owner."""
    await admin.execute("CREATE TABLE read.by_admin (a int)")
    await admin.execute("SET ROLE read_owner; CREATE TABLE read.by_owner (a int)")
    for table in ("by_admin", "by_owner"):
        await application.execute(
            f"INSERT INTO read.{table} VALUES (1); UPDATE read.{table} SET a = 2;"  # noqa: S608
            f"DELETE FROM read.{table} WHERE a = 2; TRUNCATE read.{table}"
        )
    await application.execute(
        "INSERT INTO read.checkpoints (projection, position) VALUES ('p', 7);"
        "UPDATE read.checkpoints SET position = 8 WHERE position = 7"
    )
    moved = "SELECT position, recorded_at FROM read.checkpoints WHERE projection = 'p'"
    assert tuple(await application.fetchrow(moved) or ()) == (8, None)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await application.execute(f'CREATE TABLE read."{uuid4()}" (a int)')
