"""A line to Postgres that can be cut at the worst moment: after the commit, before the reply."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit


class Line:
    """Forwards a Unix socket to the server's; a test decides what no longer passes."""

    def __init__(self, url: str, folder: Path) -> None:
        parts = urlsplit(url)
        self._server = str(Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432")
        self._socket = str(folder / ".s.PGSQL.5432")
        self.url = parts._replace(query=f"host={folder}").geturl()
        self.lose_next_reply = False
        self.dead = False
        self.lost = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_unix_server(self._serve, self._socket)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Ends every connection; a backend that waits for a lock does not notice."""
        for task in self._tasks:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.dead:
            writer.close()
            return
        to_server = await asyncio.open_unix_connection(self._server)
        ways = (
            asyncio.create_task(self._forward(reader, to_server[1], reply=False)),
            asyncio.create_task(self._forward(to_server[0], writer, reply=True)),
        )
        self._tasks.update(ways)
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        writer.close()
        to_server[1].close()

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, reply: bool
    ) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                if reply and self.lose_next_reply:
                    self.lose_next_reply = False
                    self.lost += 1
                    return
                writer.write(chunk)
                await writer.drain()
