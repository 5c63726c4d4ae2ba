"""A campaign: faults under load in rounds, each followed by a break in which all is checked."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import islice
from pathlib import Path
from random import Random

import msgspec
from prometheus_client import CollectorRegistry

from adapters.metrics import Metrics
from adapters.postgres.log import PostgresLog
from api.services import services
from tests.campaign.clock import Clocks
from tests.campaign.diagnosis import diagnosis
from tests.campaign.disk import disk
from tests.campaign.faults.poison import Poisons
from tests.campaign.load.workers import Load, Staff, desk
from tests.campaign.oracle.monitor import says
from tests.campaign.oracle.verdict import Verdict
from tests.campaign.scene import APPEND_LOCK, UNREACHABLE, Scene
from tests.campaign.schedule import Planned, registry, schedule
from tests.campaign.site import NotRecovered, Plan, Site, until
from tests.system import QUICK, founded

BEHIND = """
SELECT count(*) FROM read.checkpoints
 WHERE position < (SELECT coalesce(max(position), 0) FROM es.events)
"""
UNDER_WAY_SECONDS = 20.0
"""So long an API process tries to append at most: the batcher's patience and its last call."""
POSTING = "SELECT count(*) FROM read.sessions_v1 WHERE status = 'POSTING'"


class Options(msgspec.Struct, frozen=True):
    """How a campaign goes; it ends with the round in which the time is over or the last fault."""

    seed: int
    seconds: float
    faults: int = 10**9
    round_faults: int = 40
    pause_seconds: float = 0.4
    close_rounds: int = 5
    """After so many rounds all rows are compared."""
    repeats: int = 200
    """So many acknowledged commands are sent again in each break with a close look."""
    plan: Plan = Plan()
    staff: Staff = Staff()
    only: tuple[str, ...] = ()
    """Kinds of faults; none means all."""


class Result(msgspec.Struct):
    """What a campaign came to."""

    options: Options
    struck: Counter[str] = msgspec.field(default_factory=Counter)
    slowest: dict[str, float] = msgspec.field(default_factory=dict)
    """Seconds from a fault of that kind until it was mended, at worst."""
    quiet_seconds: float = 0.0
    """From the end of a round's faults until every read model had all of the log, at worst."""
    rounds: int = 0
    seconds: float = 0.0
    missing: list[str] = msgspec.field(default_factory=list)
    """What this machine does not permit."""


class Campaign:
    """One run."""

    def __init__(
        self, scene: Scene, verdict: Verdict, options: Options, say: Callable[[str], None]
    ) -> None:
        self.scene, self.verdict, self._options, self._say = scene, verdict, options, say
        self.result = Result(options)
        kinds = registry(scene.site)
        chosen = {kind: some for kind, some in kinds.items() if kind in (options.only or kinds)}
        self.kinds = chosen.keys()
        self._schedule = schedule(chosen, options.seed, options.pause_seconds)
        self._targets: dict[str, asyncio.Lock] = {}
        if scene.site.clocks is None:
            self.result.missing.append("clock steps: libfaketime is not installed")
        if scene.site.disk is None:
            self.result.missing.append("a full disk: mounting is not permitted")

    async def run(self, looked: Callable[[Campaign], None] = lambda _: None) -> Result:
        """Rounds until the time is over; stops at the first that found something wrong.

        `looked` is called after each close look, with all that is known by then.
        """
        try:
            return await self._rounds(looked)
        except (NotRecovered, ExceptionGroup):
            self._say(await diagnosis(self.scene))
            raise

    async def _rounds(self, looked: Callable[[Campaign], None]) -> Result:
        started = time.monotonic()
        async with self.scene.load.working():
            while not self.verdict.wrong and self._goes_on(started):
                await self._round()
                self.result.seconds = time.monotonic() - started
                self._say(self._progress())
                if self._close:
                    looked(self)
        await self._break(close=True)
        self.result.seconds = time.monotonic() - started
        looked(self)
        return self.result

    def _goes_on(self, started: float) -> bool:
        left = self._options.faults - self.result.struck.total()
        return left > 0 and time.monotonic() - started < self._options.seconds

    async def _round(self) -> None:
        number = min(self._options.round_faults, self._options.faults - self.result.struck.total())
        self.scene.load.go_on()
        async with asyncio.TaskGroup() as group:
            for planned in islice(self._schedule, number):
                await asyncio.sleep(planned.pause_seconds)
                group.create_task(self._strike(planned))
        self.result.rounds += 1
        await self._break(close=self._close)

    @property
    def _close(self) -> bool:
        return self.result.rounds % self._options.close_rounds == 0

    async def _strike(self, planned: Planned) -> None:
        fault = planned.fault
        async with self._targets.setdefault(fault.target, asyncio.Lock()):
            began = time.monotonic()
            try:
                await fault.strike(self.scene, planned.chance)
            except NotRecovered as error:
                raise NotRecovered(f"{fault.kind} ({fault.target}): {error}") from error
            took = time.monotonic() - began
        self.result.struck[fault.kind] += 1
        self.result.slowest[fault.kind] = max(took, self.result.slowest.get(fault.kind, 0.0))

    async def _break(self, *, close: bool) -> None:
        began = time.monotonic()
        await self.scene.load.rest()
        await self.scene.site.answering()
        await self.scene.load.closing()
        await until(self._quiet, "the read models to have all of the log, and nothing to be due")
        self.result.quiet_seconds = max(self.result.quiet_seconds, time.monotonic() - began)
        if not close:
            await self.verdict.look()
            return
        await asyncio.sleep(self._unsettled_seconds())
        async with self.scene.obstacle(APPEND_LOCK):  # reservations run out whenever they like
            await until(self._quiet, "the read models to have all of a log that stands still")
            await self.verdict.look()
            await self.verdict.look_closely()
        entries, chance = self.scene.load.journal.entries, Random(self._options.seed)  # noqa: S311 - a sample
        repeats = min(len(entries), self._options.repeats)
        await self.verdict.late()
        await self.verdict.repeat(chance.sample(entries, repeats))
        await self.verdict.jetstream()
        await says(self.scene.load.desk.doors, self.verdict.rows.parked_by)

    def _unsettled_seconds(self) -> float:
        """How long an earlier attempt of a command that was refused may still be under way."""
        entries = self.scene.load.journal.entries
        asked = [e.answered_at for e in entries if e.outcome == "refused" and e.attempts > 1]
        return max(0.0, max(asked, default=0.0) + UNDER_WAY_SECONDS - time.monotonic())

    async def _quiet(self) -> bool:
        try:
            return not any(
                [(await self.scene.administer(asked))[0][0] for asked in (BEHIND, POSTING)]
            )
        except UNREACHABLE:
            return False

    def _progress(self) -> str:
        counted, struck = self.scene.load.journal.counted(), self.result.struck.total()
        told = f"{struck} faults, {counted['sent']} commands, {self.verdict.order.position} events"
        return f"{self.result.seconds:6.0f} s  round {self.result.rounds}: {told}"


@asynccontextmanager
async def campaign(
    home: Path, options: Options, say: Callable[[str], None] = lambda _: None
) -> AsyncIterator[Campaign]:
    """A whole installation with its clients, ready to be struck."""
    async with AsyncExitStack() as stack:
        volume = stack.enter_context(disk(home))
        site = Site(home, options.plan, volume, Clocks.found(home))
        await stack.enter_async_context(site.running())
        connections = await stack.enter_async_context(desk(site.doors))
        hand = await stack.enter_async_context(
            services(site.configuration, Metrics(CollectorRegistry()), QUICK)
        )
        company = await founded(hand.people, connections.doors[0])
        poisoned = await founded(hand.people, connections.doors[0])
        log = await PostgresLog.open(site.configuration.database_url, Poisons())
        stack.push_async_callback(log.close)
        load = Load(connections, company, poisoned, options.staff, options.seed)
        scene = Scene(site, load, log)
        people = {one.member for each in (company, poisoned) for one in each.people.values()}
        verdict = Verdict(scene, frozenset(people), await log.head())
        yield Campaign(scene, verdict, options, say)
