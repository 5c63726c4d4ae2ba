"""JetStream lies: messages that nobody published, that come twice, that are missing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from random import Random

from nats.aio.client import Client
from nats.errors import Error
from nats.js.errors import Error as JetStreamError

from adapters.nats.relay import EXPECTED_LAST
from adapters.nats.stream import NAME, Offline, Stream, connected, online
from tests.campaign.faults.fault import Fault
from tests.campaign.scene import Scene
from tests.campaign.site import Plan

PATIENCE_SECONDS = 8.0
AGO = 20
"""A message that is duplicated or deleted is one of so many newest."""
TROUBLE = (TimeoutError, Error, JetStreamError, Offline, OSError)


class _Lie(Fault):
    """Something is done to the stream, if there is one to be reached within the time."""

    async def strike(self, scene: Scene, chance: Random) -> None:
        with suppress(*TROUBLE):
            async with (
                asyncio.timeout(PATIENCE_SECONDS),
                connected(scene.site.configuration.nats_url) as client,
            ):
                await online(client)
                await self.lie(client, chance)

    async def lie(self, client: Client, chance: Random) -> None:
        """Does it."""
        raise NotImplementedError


async def _recent(client: Client, chance: Random) -> int:
    last = await Stream(client).last() or 1
    return max(1, last - chance.randrange(AGO))


class Duplicate(_Lie):
    """A message once more, in the place of one that is still to come."""

    kind, weight = "message duplicated in JetStream", 6

    async def lie(self, client: Client, chance: Random) -> None:
        jetstream = Stream(client).jetstream
        message = await jetstream.get_msg(NAME, await _recent(client, chance))
        kept = {k: v for k, v in (message.headers or {}).items() if k != EXPECTED_LAST}
        await jetstream.publish(str(message.subject), message.data or b"", headers=kept)


class Forge(_Lie):
    """A message of somebody else's."""

    kind, weight = "foreign message in JetStream", 4

    async def lie(self, client: Client, chance: Random) -> None:
        await Stream(client).jetstream.publish("tallybook.a.b.c", b"intruder")


class Lose(_Lie):
    """A message is deleted from the middle."""

    kind, weight = "message deleted from JetStream", 4

    async def lie(self, client: Client, chance: Random) -> None:
        await Stream(client).jetstream.delete_msg(NAME, await _recent(client, chance))


class Purge(_Lie):
    """All messages are."""

    kind, weight = "JetStream purged", 2

    async def lie(self, client: Client, chance: Random) -> None:
        await Stream(client).jetstream.purge_stream(NAME)


class DropStream(_Lie):
    """The stream itself is."""

    kind, weight = "JetStream's stream deleted", 2

    async def lie(self, client: Client, chance: Random) -> None:
        await Stream(client).jetstream.delete_stream(NAME)


def jetstream(_: Plan) -> list[Fault]:
    """All of them are done to the one stream."""
    return [one("stream") for one in (Duplicate, Forge, Lose, Purge, DropStream)]
