"""Does what commands lead to outside the log: at once, and never instead of an answer."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from adapters.log_in_sessions import Sessions
from adapters.nats.news import News
from api.door import Door
from domain.base import Context
from domain.effects import Effect

logger = structlog.get_logger()


class Effects:
    """Where effects go."""

    def __init__(self, sessions: Sessions, door: Door) -> None:
        self._sessions, self._door = sessions, door

    async def perform(self, effects: Iterable[Effect], context: Context) -> None:
        """All of them; one that fails is logged, because what it follows from has happened."""
        for effect in effects:
            try:
                await self._perform(effect, context)
            except Exception as error:  # noqa: BLE001 - whatever it was, the command is done
                logger.warning("effect_failed", effect=type(effect).__name__, error=repr(error))

    async def _perform(self, effect: Effect, context: Context) -> None:
        await self._sessions.end_all(effect.member, effect.reason, context.now, effect.spared)
        self._door.forget(News(effect.member))
