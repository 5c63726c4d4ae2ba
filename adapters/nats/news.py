"""News: events as they pass on NATS, for those who keep something that an event may void."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from adapters.nats.hints import heard
from adapters.nats.messages import ROOT

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg


class News(msgspec.Struct, frozen=True):
    """An event of that stream; `member` is whom it is about, where it says so."""

    stream: UUID
    member: UUID | None = None


class _About(msgspec.Struct):
    member: UUID | None = None


@asynccontextmanager
async def news(
    client: Client, types: Iterable[str], told: Callable[[News], None]
) -> AsyncIterator[None]:
    """Tells of every event of those types meanwhile; without NATS of none."""

    async def hear(message: Msg) -> None:
        about = msgspec.json.decode(message.data, type=_About)
        stream = (message.headers or {}).get("ce-subject")
        if stream:
            told(News(UUID(stream), about.member))

    async with AsyncExitStack() as stack:
        for kind in types:
            await stack.enter_async_context(heard(client, f"{ROOT}.*.{kind}", hear))
        yield
