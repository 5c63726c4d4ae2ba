"""Random days of an outbox: who is sent what, and when, is what a small model says."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.mail import LEASE, WAITS, Due, NotSent, Outbox, Unsent
from tests.domain.properties.effort import TIMES
from tests.mail.conftest import MAIL_ATTEMPTS, NOW, mail, outbox_by

OUTCOMES = ("taken", "busy", "refused", "killed before", "killed after")
LETTERS = st.lists(
    st.tuples(st.sampled_from((30, 10_000)), st.lists(st.sampled_from(OUTCOMES), max_size=6)),
    min_size=1,
    max_size=5,
)
"""For how many minutes each is good, and what comes of each try; of those that follow, "busy"."""
PAUSES = st.lists(st.sampled_from((0, 1, 2, 4, 70)), min_size=3, max_size=12)
"""Minutes between the rounds."""


class Killed(Exception):
    """The process ends here: nothing is noted down."""


class Letter:
    """What has to become of one mail."""

    def __init__(self, minutes: int, outcomes: list[str], now: datetime) -> None:
        self.mail = mail(expires_at=now + timedelta(minutes=minutes))
        self.outcomes, self.tries, self.state = outcomes, 0, "waiting"
        self.due = now

    def is_due(self, now: datetime) -> bool:
        """Whether it has to be tried."""
        return self.lives(now) and self.state == "waiting" and self.due <= now

    def lives(self, now: datetime) -> bool:
        """Whether its token is good."""
        return now < self.mail.expires_at

    def tried(self, now: datetime) -> str:
        """Moves on, and says what the mail server has to do."""
        outcome = self.outcomes[self.tries] if self.tries < len(self.outcomes) else "busy"
        self.tries += 1
        self.due = now + LEASE
        if outcome == "taken":
            self.state = "sent"
        elif outcome == "refused" or (outcome == "busy" and self.tries >= MAIL_ATTEMPTS):
            self.state = "given up"
        elif outcome == "busy":
            self.due = now + WAITS[self.tries - 1]
        return outcome


class Post:
    """A mail server that does what the letters say."""

    def __init__(self) -> None:
        self.letters: dict[UUID, Letter] = {}
        self.now, self.tried = NOW, list[UUID]()

    async def __call__(self, due: Due) -> None:
        self.tried.append(due.id)
        await asyncio.sleep(0)  # the others get their turns
        match self.letters[due.id].tried(self.now):
            case "busy":
                raise NotSent("Busy")
            case "refused":
                raise NotSent("Refused", final=True)
            case "killed before" | "killed after":
                raise Killed

    async def round(self, outboxes: tuple[Outbox, ...]) -> None:
        """All deliver at once: each mail that is due is tried by one of them."""
        due = [id_ for id_, letter in self.letters.items() if letter.is_due(self.now)]
        self.tried.clear()
        outcomes = await asyncio.gather(
            *(one.deliver(self.now) for one in outboxes), return_exceptions=True
        )
        assert not [o for o in outcomes if isinstance(o, Exception) and not isinstance(o, Killed)]
        assert sorted(self.tried) == sorted(due)

    def unsent(self) -> Unsent:
        """How many wait, and how many were given up."""
        living = [letter.state for letter in self.letters.values() if letter.lives(self.now)]
        return Unsent(waiting=living.count("waiting"), given_up=living.count("given up"))


@settings(max_examples=30 * TIMES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(letters=LETTERS, pauses=PAUSES, data=st.data())
async def test_a_mail_is_tried_when_it_is_due_and_by_one_only(
    pool: asyncpg.Pool, letters: list[tuple[int, list[str]]], pauses: list[int], data: st.DataObject
) -> None:
    """However often it was put, whoever is killed; and never after it was sent or has expired."""
    await pool.execute("DELETE FROM identity.mails")
    post = Post()
    outboxes = (outbox_by(pool, post), outbox_by(pool, post))
    for pause in [0, *pauses]:
        post.now += timedelta(minutes=pause)
        if letters:
            minutes, outcomes = letters.pop()
            letter = Letter(minutes, outcomes, post.now)
            post.letters[letter.mail.id] = letter
        again = data.draw(st.sampled_from([*post.letters.values()]))
        for put in (letter, again):
            if put.lives(post.now):
                await outboxes[0].put(put.mail, post.now)
        await post.round(outboxes)
        assert await outboxes[1].unsent(post.now) == post.unsent()
        await outboxes[1].forget(post.now)
    kept = {row["id"] for row in await pool.fetch("SELECT id FROM identity.mails")}
    assert kept == {one.mail.id for one in post.letters.values() if one.lives(post.now)}
