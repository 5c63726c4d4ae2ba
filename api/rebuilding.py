"""Rebuilds with all that they need: the administrator's connection, and processes that fold."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import uvloop

from adapters.configuration import BadConfiguration
from adapters.postgres.connection import connect, first_connection
from adapters.postgres.log import PostgresLog
from domain.registry import Registry
from projections.all import PROJECTIONS
from projections.engine.checkpoints import standing
from projections.engine.projection import Projection
from projections.engine.rebuild import Report, fill, rebuild
from projections.engine.shard import Shard
from projections.engine.sharding import ProjectorRunning, share_out

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    from adapters.configuration import Configuration

TELL_SECONDS = 0.2
Told = Callable[[int, int], None]
"""Hears of the position that was reached, and of the last one."""

progress: MutableSequence[int] = []
"""In a worker: where each of them is."""


class Share(msgspec.Struct, frozen=True):
    """What one worker folds: a shard of all organizations."""

    database_url: str
    admin_url: str
    live: str
    staging: str
    up_to: int
    shard: Shard


async def rebuilt(
    configuration: Configuration,
    projection: Projection[Any],
    *,
    check: bool,
    workers: int = 1,
    told: Told = lambda _position, _last: None,
) -> Report:
    """Rebuilds it, in so many processes."""
    urls = configuration.database_url, configuration.admin_database_url
    async with _sources(*urls) as (log, admin):

        async def filled(staging: Projection[Any], up_to: int) -> None:
            if workers == 1:
                await fill(staging, admin, log, up_to, told=lambda at: told(at, up_to))
            else:
                shards = [Shard(number, workers) for number in range(1, workers + 1)]
                named = projection.id, staging.name
                await _shared([Share(*urls, *named, up_to, shard) for shard in shards], told)

        return await rebuild(projection, admin, log, filled, check=check)


@asynccontextmanager
async def _sources(
    database_url: str, admin_url: str
) -> AsyncIterator[tuple[PostgresLog, asyncpg.Connection]]:
    """The log as the application reads it, and the administrator, whom no time limit stops.

    A fold makes millions of objects and no cycles of them, so the collector is not asked
    meanwhile: it took four tenths of the time.
    """
    gc.disable()
    log = await PostgresLog.open(database_url, Registry())
    try:
        with first_connection():
            admin = await connect(admin_url, application="tallybook rebuild", patient=True)
        try:
            await admin.execute("SET statement_timeout = 0; SET lock_timeout = 0")
            yield log, admin
        finally:
            await admin.close()
    finally:
        await log.close()
        gc.enable()


async def shards(configuration: Configuration, of: int | None) -> int:
    """In how many the projections are followed: in `of` from now on, if that is given."""
    with first_connection():
        connection = await connect(configuration.database_url, application="tallybook shards")
    try:
        found = {len(await standing(connection, projection.id)) for projection in PROJECTIONS}
    finally:
        await connection.close()
    if found != {of or max(found)}:
        await shared_out(configuration, of or max(found))
    return of or max(found)


async def shared_out(configuration: Configuration, of: int) -> None:
    """Follows all projections in so many shards; raises BadConfiguration while projectors run."""
    log = await PostgresLog.open(configuration.database_url, Registry())
    connection = await connect(configuration.database_url, application="tallybook shards")
    try:
        await share_out(connection, PROJECTIONS, log, of)
    except ProjectorRunning as running:
        raise BadConfiguration(str(running)) from None
    finally:
        await connection.close()
        await log.close()


async def _shared(shares: list[Share], told: Told) -> None:
    """Folds the shares in processes of their own."""
    context = multiprocessing.get_context("spawn")
    reached: Any = context.Array("q", len(shares))
    with ProcessPoolExecutor(
        len(shares), mp_context=context, initializer=_begin, initargs=(reached,)
    ) as pool:
        loop = asyncio.get_running_loop()
        working = asyncio.gather(*(loop.run_in_executor(pool, _work, share) for share in shares))
        while not working.done():
            await asyncio.wait([working], timeout=TELL_SECONDS)
            told(min(reached), shares[0].up_to)
        await working


def _begin(reached: MutableSequence[int]) -> None:
    global progress  # noqa: PLW0603 - a worker process has one
    progress = reached


def _work(share: Share) -> None:
    uvloop.run(_fold(share))


async def _fold(share: Share) -> None:
    live = next(one for one in PROJECTIONS if one.id == share.live)
    staging = msgspec.structs.replace(live, name=share.staging)

    def told(position: int) -> None:
        progress[share.shard.number - 1] = position

    async with _sources(share.database_url, share.admin_url) as (log, admin):
        await fill(staging, admin, log, share.up_to, share.shard, told)
