"""How things stand when something did not recover: what one would ask next."""

from __future__ import annotations

from contextlib import suppress

import httpx
import msgspec

from tests.campaign.scene import UNREACHABLE, Scene

ASKED = {
    "head": "SELECT max(position) FROM es.events",
    "checkpoints": "SELECT projection, position FROM read.checkpoints ORDER BY 1",
    "connections": "SELECT pid, application_name, state, wait_event, left(query, 60) AS query,"
    " now() - state_change AS since FROM pg_stat_activity WHERE backend_type = 'client backend'",
    "advisory locks": "SELECT pid, classid, objid, granted FROM pg_locks"
    " WHERE locktype = 'advisory'",
}


async def diagnosis(scene: Scene) -> str:
    """Processes, commands without an outcome, health, and the database's own view."""
    site = scene.site
    lines = [
        f"{name}: {'alive' if kept.child.alive else 'dead'}" for name, kept in site.kept.items()
    ]
    lines += [str(entry) for entry in scene.load.journal.entries if entry.outcome == "open"]
    for door in site.doors:
        with suppress(httpx.HTTPError):
            async with httpx.AsyncClient(base_url=door, timeout=5) as http:
                lines.append(f"{door}: {(await http.get('/health/ready')).text}")
    for name, statement in ASKED.items():
        try:
            rows = [dict(row) for row in await scene.administer(statement)]
        except UNREACHABLE as error:
            rows = [{"error": repr(error)}]
        lines += [f"{name}: {msgspec.json.encode(row, enc_hook=str).decode()}" for row in rows]
    return "\n".join(lines)
