"""All that the database has of an organization, in whichever table."""

from __future__ import annotations

from uuid import UUID

from adapters.postgres.books import NAMES
from tests.system import Company, System

SCHEMAS = ["es", "identity", "read"]
OWNERS = {"organization", "organization_id"}
OF_NOBODY = {
    "es.epochs": "of the log as a whole",
    "identity.rate_limits": "of network addresses and usernames, as hashes",
    "read.checkpoints": "of projections",
    "read.parked": "of streams that a projection cannot read; empty as long as all can be read",
}
"""Tables whose rows are no organization's, and what they are of."""
COLUMNS = """
SELECT c.table_schema || '.' || c.table_name AS name, array_agg(c.column_name::text) AS columns
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = ANY ($1) AND t.table_type = 'BASE TABLE' GROUP BY 1 ORDER BY 1
"""
DIGEST = "SELECT '{table}', count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text)))"


async def tables(system: System) -> dict[str, str | None]:
    """The condition by which each table's rows are an organization's; None where there is none."""
    rows = await system.services.pool.fetch(COLUMNS, SCHEMAS)
    return {row["name"]: _condition(set(row["columns"])) for row in rows}


def _condition(columns: set[str]) -> str | None:
    if owner := OWNERS & columns:
        return f"{owner.pop()} = $1"
    if "member_id" in columns:
        return "member_id IN (SELECT id FROM identity.members WHERE organization_id = $1)"
    return None


async def holdings(system: System, company: Company) -> dict[str, tuple[int, str]]:
    """How many rows each table has of the company's, and a digest of them.

    The read models have caught up with the log first.
    """
    await _caught_up(system, company.id)
    found = await tables(system)
    asked = [
        f"{DIGEST.format(table=table)} FROM {table} t WHERE {condition}"
        for table, condition in found.items()
        if condition is not None
    ]
    rows = await system.services.pool.fetch(" UNION ALL ".join(asked), company.id)
    return {row[0]: (row[1], row[2]) for row in rows}


async def _caught_up(system: System, organization: UUID) -> None:
    services = system.services
    await services.positions.reached(NAMES, await services.log.head(), organization)
