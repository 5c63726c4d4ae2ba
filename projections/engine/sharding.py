"""Following the projections in another number of shards than before, while no projector runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from projections.engine.checkpoints import hold, standing
from projections.engine.follower import Follower
from projections.engine.projection import Projection
from projections.engine.staging import take_rebuild
from projections.sql import statements

if TYPE_CHECKING:
    from projections.engine.follower import Pages
    from projections.engine.shard import Shard
    from projections.sql import Connection

SQL = statements(__file__)
TURN = 7236005
"""The advisory locks of projectors, one for each shard of each projection."""


class ProjectorRunning(Exception):
    """Somebody follows the projections, or rebuilds one; the message says who has to end first."""


async def take_turn(
    connection: Connection, projections: Iterable[Projection[Any]], shard: Shard
) -> bool:
    """Takes the locks that a shard's projector holds while it runs, unless one has them."""
    names = [f"{projection.id} {shard}" for projection in projections]
    return bool(await connection.fetchval(SQL["turn"], TURN, names))


async def share_out(
    connection: Connection, projections: Sequence[Projection[Any]], log: Pages, of: int
) -> None:
    """Follows each projection to one position and splits it anew there, all in one transaction.

    The connection is kept by the caller alone, and closed or reset by him. Raises ProjectorRunning.
    """
    followed = [(one, await standing(connection, one.id)) for one in projections]
    for shard in {shard for _, positions in followed for shard in positions}:
        if not await take_turn(connection, projections, shard):
            raise ProjectorRunning(f"Shard {shard} is followed: stop all projectors first")
    for projection, positions in followed:
        if not await take_rebuild(connection, projection):
            raise ProjectorRunning(f"{projection.id} is being rebuilt: wait for its end")
        for shard in positions:
            follower = Follower(projection, shard)
            await follower.load(connection)
            await follower.reach(connection, log, max(positions.values()))
    async with connection.transaction():
        for projection in projections:
            await hold(connection, projection.id)
            if len({*(await standing(connection, projection.id)).values()}) > 1:
                msg = f"A shard of {projection.id} was moved meanwhile: stop all projectors first"
                raise ProjectorRunning(msg)
            await connection.execute(SQL["reshard"], projection.id, of)
