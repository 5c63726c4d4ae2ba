"""Where somebody types `tallybook projections` commands."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT, Process

from tests.conftest import Database
from tests.faults.killed.site import Site


class Console:
    """Where somebody types commands."""

    def __init__(self, site: Site, database: Database) -> None:
        self._environment = {
            **os.environ,
            **site.configuration.environment(),
            "TALLYBOOK_ADMIN_DATABASE_URL": database.admin_url,
            "COLUMNS": "120",
        }

    async def start(self, *words: str) -> Process:
        """Begins a command."""
        command = (sys.executable, "-m", "api.cli", "projections", *words)
        return await asyncio.create_subprocess_exec(
            *command, env=self._environment, stdout=PIPE, stderr=STDOUT
        )

    async def type(self, *words: str) -> tuple[int | None, str]:
        """The exit code and all that is printed."""
        process = await self.start(*words)
        printed, _ = await process.communicate()
        return process.returncode, printed.decode()
