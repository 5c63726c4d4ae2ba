"""The rules of the append, one append after another, and random appends to try them on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from random import Random
from uuid import UUID

import asyncpg

from domain.ports import (
    GLOBAL,
    Append,
    Appended,
    AppendRefused,
    Claim,
    Key,
    Log,
    Replayed,
    Unavailable,
)
from tests.eventstore.specimens import ANNA, BERT, OURS, THEIRS, append, write

Reason = tuple[object, ...]
Slot = tuple[UUID, str, str]


class Model:
    """What the log's tables hold after the appends that were accepted, in their order."""

    def __init__(self) -> None:
        self.head = 0
        self.versions: Counter[UUID] = Counter()
        self.owners: dict[UUID, UUID] = {}
        self.claims: dict[Slot, UUID] = {}
        self.keys: dict[tuple[UUID, UUID, str], tuple[bytes, UUID, int, int]] = {}

    def reasons(self, append: Append) -> list[Reason]:
        """Everything that speaks against the append; an earlier answer to its key goes first."""
        if append.key:
            known = self.keys.get((append.organization, append.actor, append.key.key))
            if known and known[0] == append.key.request_hash:
                return [("replayed", *known[1:])]
            if known:
                return [("key_reused",)]
        return [*self._against_streams(append), *self._against_claims(append)]

    def _against_streams(self, append: Append) -> list[Reason]:
        named = [("guard", guard.stream, guard.expected) for guard in append.guards]
        named += [("version", write.stream, write.expected) for write in append.writes]
        whose = [guard.organization or append.organization for guard in append.guards]
        whose += [write.organization for write in append.writes]
        foreign: list[Reason] = [
            ("foreign", stream)
            for (_, stream, _), owner in zip(named, whose, strict=True)
            if self.owners.get(stream, owner) != owner
        ]
        moved: list[Reason] = [
            (outcome, stream)
            for outcome, stream, expected in named
            if self.versions[stream] != expected
        ]
        return foreign + moved

    def _against_claims(self, append: Append) -> list[Reason]:
        reasons: list[Reason] = []
        released = {(_slot(c, append), c.stream) for c in append.claims if not c.take}
        for claim in append.claims:
            slot = _slot(claim, append)
            holder = self.claims.get(slot)
            if claim.take and holder and (slot, holder) not in released:
                reasons.append(("claim", *slot, holder))
        return reasons

    def accept(self, append: Append) -> tuple[int, int]:
        """Applies the append and returns its first and last position."""
        first = self.head + 1 if append.writes else self.head
        for written in append.writes:
            self.versions[written.stream] += len(written.events)
            self.owners[written.stream] = written.organization
            self.head += len(written.events)
        for claim in sorted(append.claims, key=lambda claim: claim.take):  # releases first
            slot = _slot(claim, append)
            if claim.take:
                self.claims[slot] = claim.stream
            elif self.claims.get(slot) == claim.stream:
                del self.claims[slot]
        if key := append.key:
            answer = (key.request_hash, key.stream, self.versions[key.stream], self.head)
            self.keys[append.organization, append.actor, key.key] = answer
        return first, self.head

    async def check_tables(self, connection: asyncpg.Connection) -> None:
        """Asserts that the tables are what the model is."""
        versions: Counter[UUID] = Counter()
        last = None
        for place, row in enumerate(await connection.fetch(EVENTS), 1):
            versions[row["stream_id"]] += 1
            assert row["position"] == place
            assert row["version"] == versions[row["stream_id"]]
            assert row["organization_id"] == self.owners[row["stream_id"]]
            assert last is None or row["recorded_at"] > last
            last = row["recorded_at"]
        assert versions == +self.versions
        assert {tuple(r)[:3]: r[3] for r in await connection.fetch(CLAIMS)} == self.claims
        assert {tuple(r)[:3]: tuple(r)[3:] for r in await connection.fetch(KEYS)} == self.keys


def _slot(claim: Claim, append: Append) -> Slot:
    return (claim.organization or append.organization, claim.kind, claim.value)


EVENTS = (
    "SELECT position, stream_id, version, organization_id, recorded_at FROM es.events ORDER BY 1"
)
CLAIMS = "SELECT organization_id, kind, value, stream_id FROM es.claims"
KEYS = """
SELECT organization_id, actor, key, request_hash, stream_id, version, position
  FROM es.idempotency_keys
"""


def replay(accepted: Sequence[tuple[Append, Appended]]) -> Model:
    """The model after these appends in the order of their positions, each of which it must take."""
    model = Model()
    for taken, answer in sorted(accepted, key=lambda pair: pair[1].first_position):
        assert not model.reasons(taken)
        assert model.accept(taken) == (answer.first_position, answer.last_position)
    return model


class Chance:
    """Draws random appends over a few streams, most of them such as the log would take."""

    def __init__(self, seed: int, *, keys: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a seed repeats it
        self._keys = keys
        self.streams = {UUID(int=self.random.getrandbits(128)): self._party() for _ in range(40)}

    def _party(self) -> UUID:
        return self.random.choice((OURS, THEIRS))

    def appends(self, number: int, versions: Counter[UUID], *, bare: bool = True) -> list[Append]:
        """So many, each usually counting on the ones before it; `bare` ones may write nothing."""
        believed = versions.copy()
        drawn = []
        for _ in range(number):
            drawn.append(self._append(believed, bare=bare))
            for written in drawn[-1].writes:
                if self.random.random() < 0.9:
                    believed[written.stream] = written.expected + len(written.events)
        return drawn

    def _append(self, believed: Counter[UUID], *, bare: bool) -> Append:
        draw = self.random
        organization, actor = self._party(), draw.choice((ANNA, BERT))
        crosses = draw.random() < 0.2
        open_to = [s for s, owner in self.streams.items() if crosses or owner == organization]
        named = draw.sample(open_to, min(len(open_to), draw.choice((1, 1, 1, 2, 3))))
        mistaken = draw.random() < 0.03
        whose = {s: self._party() if mistaken else self.streams[s] for s in named}
        split = draw.choice((0, 0, 1)) if len(named) > 1 else 0
        if bare and draw.random() < 0.03:
            split = len(named)
        expected = {stream: self._expected(believed[stream]) for stream in named}
        return append(
            *(
                write(s, expected[s], *self._texts(), actor=actor, organization=whose[s])
                for s in named[split:]
            ),
            guards=[(s, expected[s], self._unsaid(whose[s], organization)) for s in named[:split]],
            claims=self._claims(named, organization),
            key=self._key(named) if draw.random() < 0.3 else None,
            organization=organization,
            actor=actor,
        )

    def _unsaid(self, organization: UUID, own: UUID) -> UUID | None:
        """The append's own may be named, or left out."""
        return None if organization == own and self.random.random() < 0.5 else organization

    def _expected(self, version: int) -> int:
        if self.random.random() > 0.12:
            return version
        return max(0, version + self.random.choice((-2, -1, 1)))

    def _texts(self) -> list[str]:
        return [f"{self.random.random()}" for _ in range(self.random.choice((1, 1, 2, 3)))]

    def _claims(self, named: Sequence[UUID], own: UUID) -> list[Claim]:
        draw = self.random
        claims: dict[tuple[str, str, bool, UUID], Claim] = {}
        if draw.random() < 0.35:
            for _ in range(draw.choice((1, 1, 2))):
                kind, value = draw.choice(("serial", "tag")), str(draw.randrange(12))
                take = draw.random() < 0.6
                of = draw.choice((own, own, own, own, GLOBAL, self._party()))
                said = self._unsaid(of, own)
                claims[kind, value, take, of] = Claim(kind, value, named[-1], take, said)
                if draw.random() < 0.15:
                    again = Claim(kind, value, draw.choice(named), organization=said)
                    claims[kind, value, True, of] = again
        return list(claims.values())

    def _key(self, named: Sequence[UUID]) -> Key:
        request = b"another" if self.random.random() < 0.1 else b"request"
        return Key(f"key {self.random.randrange(self._keys)}", request, self.random.choice(named))


async def write_randomly(log: Log, chance: Chance, total: int) -> list[tuple[Append, Appended]]:
    """Appends by tens, counting on the log's newest versions, and returns what went in."""
    accepted: list[tuple[Append, Appended]] = []
    versions: Counter[UUID] = Counter()
    while total > 0:
        drawn = chance.appends(10, versions, bare=False)
        futures = [log.append(one) for one in drawn]
        answers = await asyncio.gather(*futures, return_exceptions=True)
        for one, answer in zip(drawn, answers, strict=True):
            if isinstance(answer, Appended):
                accepted.append((one, answer))
            else:
                assert isinstance(answer, (AppendRefused, Replayed))
                assert not isinstance(answer, Unavailable)
        for recorded in await log.load(list(chance.streams)):
            versions[recorded.stream] = recorded.version
        total -= len(drawn)
    return accepted
