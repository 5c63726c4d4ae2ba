"""What the database itself says that analysts may: of every table there is, not of a list."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from projections.all import PROJECTIONS
from projections.engine.rebuild import fill, rebuild
from tests.engine.test_rebuild import Listed

ANALYSTS = "tallybook_analyst"
OF_THE_ENGINE = {"read.checkpoints", "read.parked", "read.snapshots"}
"""Tables beside the read models; no analyst reads them."""
RELATIONS = """
SELECT n.nspname || '.' || c.relname AS name, n.nspname AS schema, c.relkind::text AS kind,
       c.relrowsecurity AS secured, has_any_column_privilege($1, c.oid, 'SELECT') AS readable,
       has_any_column_privilege($1, c.oid, 'INSERT, UPDATE, REFERENCES')
       OR has_table_privilege($1, c.oid, 'DELETE, TRUNCATE, TRIGGER') AS writable,
       ARRAY(SELECT p.qual FROM pg_policies p
              WHERE p.schemaname = n.nspname AND p.tablename = c.relname
                AND p.roles && ARRAY[$1, 'public']::name[]) AS policies
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('es', 'identity', 'read') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
FUNCTIONS = """
SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname IN ('es', 'identity', 'read') AND has_function_privilege($1, p.oid, 'EXECUTE')
   AND has_schema_privilege($1, n.oid, 'USAGE') AND p.prosecdef
"""
SCHEMAS = """
SELECT n.nspname FROM pg_namespace n
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND has_schema_privilege($1, n.oid, $2)
"""
OWN_ROWS = "(organization = ( SELECT identity.analyst_organization() AS analyst_organization))"


async def relations(admin: asyncpg.Connection) -> list[Any]:
    """Every table and view of ours."""
    found: list[Any] = await admin.fetch(RELATIONS, ANALYSTS)
    return found


async def test_analysts_read_the_read_models_and_nothing_else(admin: asyncpg.Connection) -> None:
    """No table of the log and none of people, whichever are added; and they change none."""
    found = await relations(admin)
    models = {row["name"] for row in found if row["schema"] == "read"} - OF_THE_ENGINE
    assert {row["name"] for row in found if row["readable"]} == models
    assert {one.table for one in PROJECTIONS} <= models
    assert not [row["name"] for row in found if row["writable"]]


@pytest.mark.parametrize("again", [False, True], ids=["as installed", "rebuilt"])
async def test_each_read_model_shows_an_analyst_his_organizations_rows(
    admin: asyncpg.Connection, *, again: bool
) -> None:
    """By one and the same policy: a view would pass it by, and another policy would add rows."""
    listed = Listed([])
    for projection in PROJECTIONS if again else ():
        await rebuild(
            projection,
            admin,
            listed,
            lambda staging, up_to: fill(staging, admin, listed, up_to),
            check=False,
        )
    readable = [row for row in await relations(admin) if row["readable"]]
    assert len(readable) >= len(PROJECTIONS)
    for row in readable:
        assert (row["kind"], row["secured"], row["policies"]) == ("r", True, [OWN_ROWS]), row


async def test_one_function_does_for_analysts_what_they_may_not_and_they_make_nothing(
    admin: asyncpg.Connection,
) -> None:
    """The one that says whose rows they see; the schema of the log is closed to them."""
    called = [row[0] for row in await admin.fetch(FUNCTIONS, ANALYSTS)]
    assert called == ["identity.analyst_organization()"]
    used = {row[0] for row in await admin.fetch(SCHEMAS, ANALYSTS, "USAGE")}
    assert used == {"identity", "read", "public"}
    assert not await admin.fetch(SCHEMAS, ANALYSTS, "CREATE")


async def test_no_analyst_is_anything_more_than_one(admin: asyncpg.Connection) -> None:
    """The role passes no row security by, owns nothing and is in no other role."""
    asked = "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles"
    assert not await admin.fetchval(f"{asked} WHERE rolname = $1", ANALYSTS)
    member = "SELECT count(*) FROM pg_auth_members WHERE member = $1::text::regrole"
    assert not await admin.fetchval(member, ANALYSTS)
    owned = "SELECT count(*) FROM pg_class WHERE relowner = $1::text::regrole"
    assert not await admin.fetchval(owned, ANALYSTS)


@pytest.mark.parametrize("schema", ["es", "identity", "read"])
async def test_a_new_table_is_closed_to_them_by_itself(
    admin: asyncpg.Connection, schema: str
) -> None:
    """Also among the read models, unless the engine makes it."""
    name = f"{schema}.added_{uuid4().hex}"
    await admin.execute(f"SET ROLE {schema}_owner; CREATE TABLE {name} (x int); RESET ROLE")
    shown = "SELECT has_any_column_privilege($1, $2::text::regclass, 'SELECT')"
    assert not await admin.fetchval(shown, ANALYSTS, name)
