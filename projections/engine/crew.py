"""Tasks that end together: the first that fails ends the others, and says why."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

END_AGAIN_SECONDS = 1.0


async def ended(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancels them until they have ended.

    Before Python 3.12 `asyncio.wait_for`, which libraries use, may swallow a cancellation.
    """
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=END_AGAIN_SECONDS)


class Crew:
    """Unlike `asyncio.TaskGroup` it goes on cancelling its members, itself being none.

    Who swallowed a cancellation would keep the whole group from ending, for ever.
    """

    def __init__(self) -> None:
        self._members: set[asyncio.Task[None]] = set()
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def add(self, work: Coroutine[Any, Any, None]) -> None:
        """Another one, from now on."""
        member = asyncio.create_task(work)
        self._members.add(member)
        member.add_done_callback(self._left)

    async def run(self) -> None:
        """Returns never; raises what the first of them failed with, when all have ended."""
        try:
            await self._failure
        finally:
            while self._members:
                await ended(self._members)

    def _left(self, member: asyncio.Task[None]) -> None:
        self._members.discard(member)
        if member.cancelled() or self._failure.done():
            return
        if failure := member.exception():
            self._failure.set_exception(failure)
