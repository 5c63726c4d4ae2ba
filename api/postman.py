"""Delivers the mails that wait: at once with NATS, soon without it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
import structlog

from adapters.mail import BATCH
from adapters.nats.hints import MAILED, heard
from api.services import Services, now

if TYPE_CHECKING:
    from nats.aio.msg import Msg

POLL_SECONDS = 2.0
logger = structlog.get_logger()


class Postman:
    """Any number of these may run: a mail is taken by one of them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Never returns; a round that fails is logged, and the next one tries again."""
        async with heard(self._services.nats, MAILED, self._hint):
            while True:
                self._news.clear()
                more = False
                try:
                    more = await self.round()
                except Exception as error:  # noqa: BLE001 - the next round may work
                    logger.warning("mails_untouched", error=type(error).__name__)
                if not more:
                    await self._wait()

    async def round(self) -> bool:
        """Some of what is due now; whether there may be more."""
        outbox, at = self._services.outbox, now()
        await outbox.forget(at)
        delivered = await outbox.deliver(at)
        self._services.metrics.mails(**msgspec.structs.asdict(await outbox.unsent(at)))
        return delivered == BATCH

    async def _wait(self) -> None:
        """Until there is a new mail, or a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._news.wait()

    async def _hint(self, _: Msg) -> None:
        self._news.set()
