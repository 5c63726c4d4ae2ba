"""The outbox: a mail is sent once, as often as it takes, or never; nobody learns its token."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, MutableMapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from structlog.testing import capture_logs

from adapters.mail import BATCH, LEASE, WAITS, Due, NotSent, Outbox, Unsent, newest
from tests.conftest import Database
from tests.mail.conftest import NOW, TOKEN, mail, outbox_by, outbox_to
from tests.mail.post_office import PostOffice
from tests.ports import free_port

REST = "SELECT recipient, subject, text FROM identity.mails"


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged, which never holds an address or a token."""
    with capture_logs() as entries:
        yield entries
    assert not [entry for entry in entries if TOKEN in repr(entry) or "ann@" in repr(entry)]


async def test_a_mail_is_delivered_once_and_forgotten(
    outbox: Outbox, office: PostOffice, pool: asyncpg.Pool
) -> None:
    """Its row stays until the token has expired, without address, subject and text."""
    letter = mail()
    await outbox.put(letter, NOW)
    assert await outbox.deliver(NOW) == 1
    assert await outbox.deliver(NOW + LEASE) == 0
    (message,) = office.arrived
    assert office.recipients == [["ann@example.org"]]
    assert message["From"] == "Tallybook <tallybook@example.org>"
    assert message["Subject"] == "Grüße"
    assert message["Date"].datetime == NOW
    assert message["Message-ID"] == f"<{letter.id}@example.org>"
    assert message.get_content().replace("\r\n", "\n") == letter.text
    assert [tuple(row) for row in await pool.fetch(REST)] == [(None, None, None)]
    await outbox.forget(letter.expires_at)
    assert await pool.fetch(REST) == []


async def test_a_mail_put_twice_is_sent_once(outbox: Outbox, office: PostOffice) -> None:
    """Before and after it was sent: a command's effects may be repeated."""
    letter = mail()
    await outbox.put(letter, NOW)
    await outbox.put(letter, NOW)
    await outbox.deliver(NOW)
    await outbox.put(letter, NOW)
    await outbox.deliver(NOW + LEASE)
    assert len(office.arrived) == 1


async def test_a_mail_that_is_put_wakes_who_delivers(pool: asyncpg.Pool) -> None:
    """Once it can be found."""
    seen: list[asyncio.Task[list[asyncpg.Record]]] = []
    outbox = outbox_by(pool, None, lambda: seen.append(asyncio.create_task(pool.fetch(REST))))
    await outbox.put(mail(), NOW)
    assert [len(await found) for found in seen] == [1]


async def test_more_mails_than_a_batch_are_delivered_in_rounds(
    outbox: Outbox, office: PostOffice
) -> None:
    """A full round says that there may be more."""
    letters = [mail() for _ in range(BATCH + 1)]
    for letter in letters:
        await outbox.put(letter, NOW)
    assert [await outbox.deliver(NOW) for _ in range(3)] == [BATCH, 1, 0]
    assert sorted(office.ids) == sorted(f"<{letter.id}@example.org>" for letter in letters)


async def test_two_deliverers_at_once_send_a_mail_once(
    outbox: Outbox, pool: asyncpg.Pool, office: PostOffice
) -> None:
    """Also while the first is still sending."""
    for _ in range(3):
        await outbox.put(mail(), NOW)
    other = outbox_to(pool, f"smtp://127.0.0.1:{office.port}")
    delivered = await asyncio.gather(*(one.deliver(NOW) for one in (outbox, other) * 4))
    assert sum(delivered) == 3
    assert len(set(office.ids)) == len(office.arrived) == 3


async def test_a_busy_server_is_tried_again_later(
    outbox: Outbox, office: PostOffice, logs: list[MutableMapping[str, Any]]
) -> None:
    """Not before the wait is over."""
    office.to_recipient = "451 come back later"
    await outbox.put(mail(), NOW)
    await outbox.deliver(NOW)
    office.to_recipient = None
    assert await outbox.deliver(NOW + WAITS[0] - timedelta(seconds=1)) == 0
    assert await outbox.deliver(NOW + WAITS[0]) == 1
    assert len(office.arrived) == 1
    (entry,) = logs
    assert (entry["event"], entry["error"]) == ("mail_put_off", "SMTPRecipientsRefused 451")


@pytest.mark.parametrize("refusal", ["to_recipient", "to_text"])
async def test_a_refusal_for_good_is_given_up_at_once(
    outbox: Outbox,
    office: PostOffice,
    pool: asyncpg.Pool,
    logs: list[MutableMapping[str, Any]],
    refusal: str,
) -> None:
    """Visibly; and what the mail said is gone."""
    setattr(office, refusal, "550 no such person")
    await outbox.put(mail(), NOW)
    await outbox.deliver(NOW)
    assert await outbox.deliver(NOW + timedelta(minutes=59)) == 0
    assert await outbox.unsent(NOW) == Unsent(waiting=0, given_up=1)
    assert [tuple(row) for row in await pool.fetch(REST)] == [(None, None, None)]
    assert [entry["event"] for entry in logs] == ["mail_given_up"]


async def test_a_refused_sender_is_a_setting_that_may_be_mended(
    outbox: Outbox, office: PostOffice
) -> None:
    """No mail is given up for it at once."""
    office.to_caller = "550 you may not"
    await outbox.put(mail(), NOW)
    await outbox.deliver(NOW)
    office.to_caller = None
    await outbox.deliver(NOW + WAITS[0])
    assert len(office.arrived) == 1


async def test_a_server_that_is_away_is_given_up_in_the_end(
    pool: asyncpg.Pool, logs: list[MutableMapping[str, Any]]
) -> None:
    """After as many tries as the organization settles, ever longer apart."""
    outbox = outbox_to(pool, f"smtp://127.0.0.1:{free_port()}")
    letter = mail()
    await outbox.put(letter, NOW)
    first, second = NOW + WAITS[0], NOW + WAITS[0] + WAITS[1]
    moments = (NOW, first - timedelta(seconds=1), first, second - timedelta(seconds=1), second)
    assert [await outbox.deliver(moment) for moment in moments] == [1, 0, 1, 0, 1]
    assert await outbox.unsent(NOW) == Unsent(waiting=0, given_up=1)
    told = [(entry["event"], entry["error"], entry["attempts"]) for entry in logs]
    assert told == [
        ("mail_put_off", "SMTPConnectError", 1),
        ("mail_put_off", "SMTPConnectError", 2),
        ("mail_given_up", "SMTPConnectError", 3),
    ]
    (kept,) = await newest(pool, NOW, 5)
    assert (kept.id, kept.last_error, kept.text) == (letter.id, "SMTPConnectError", None)


async def test_who_is_killed_after_sending_sends_the_same_message_again(
    pool: asyncpg.Pool, office: PostOffice
) -> None:
    """Once his lease is over; the Message-ID says that it is the same."""
    sends = outbox_to(pool, f"smtp://127.0.0.1:{office.port}")
    sent = asyncio.Event()

    async def send_and_hang(letter: Due) -> None:
        assert sends._send  # noqa: SLF001 - what it does, and then nothing more
        await sends._send(letter)  # noqa: SLF001 - same
        sent.set()
        await asyncio.get_running_loop().create_future()

    await sends.put(mail(), NOW)
    killed = asyncio.create_task(outbox_by(pool, send_and_hang).deliver(NOW))
    await sent.wait()
    killed.cancel()
    await asyncio.wait([killed])
    assert await sends.deliver(NOW + LEASE - timedelta(seconds=1)) == 0
    assert await sends.deliver(NOW + LEASE) == 1
    assert len(office.ids) == 2
    assert len(set(office.ids)) == 1


async def test_who_fails_after_his_lease_changes_nothing(pool: asyncpg.Pool) -> None:
    """Somebody else has taken the mail, and maybe sent it."""
    slow, fail = asyncio.Event(), asyncio.Event()

    async def fail_late(_: Due) -> None:
        slow.set()
        await fail.wait()
        raise NotSent("Late", final=True)

    async def send(_: Due) -> None:
        return

    outbox = outbox_by(pool, send)
    await outbox.put(mail(), NOW)
    late = asyncio.create_task(outbox_by(pool, fail_late).deliver(NOW))
    await slow.wait()
    assert await outbox.deliver(NOW + LEASE) == 1
    fail.set()
    await late
    (kept,) = await newest(pool, NOW, 5)
    assert (kept.sent_at, kept.last_error) == (NOW + LEASE, None)


async def test_an_expired_mail_is_not_sent_and_forgotten(
    outbox: Outbox, office: PostOffice, pool: asyncpg.Pool, logs: list[MutableMapping[str, Any]]
) -> None:
    """Its token opens nothing any more."""
    letter = mail()
    await outbox.put(letter, NOW)
    assert await outbox.deliver(letter.expires_at) == 0
    assert await outbox.unsent(letter.expires_at) == Unsent(waiting=0, given_up=0)
    await outbox.forget(letter.expires_at - timedelta(seconds=1))
    assert len(await pool.fetch(REST)) == 1
    await outbox.forget(letter.expires_at)
    assert await pool.fetch(REST) == []
    assert office.callers == 0
    assert [entry["event"] for entry in logs] == ["mail_expired"]


async def test_without_a_mail_server_mails_are_kept(pool: asyncpg.Pool) -> None:
    """For somebody to read, and to be sent when there is one."""
    outbox, letter = outbox_by(pool, None), mail()
    await outbox.put(letter, NOW)
    assert await outbox.deliver(NOW) == 0
    assert await outbox.unsent(NOW) == Unsent(waiting=1, given_up=0)
    (kept,) = await newest(pool, NOW, 5)
    assert (kept.recipient, kept.subject, kept.text) == (letter.to, letter.subject, letter.text)


async def test_a_database_error_hits_nobody_else(pool: asyncpg.Pool) -> None:
    """Every mail of the round gets its try, then the error is reported."""
    tried: list[UUID] = []

    async def send(letter: Due) -> None:
        tried.append(letter.id)
        if len(tried) == 1:
            raise RuntimeError
        await asyncio.sleep(0)

    outbox = outbox_by(pool, send)
    for _ in range(3):
        await outbox.put(mail(), NOW)
    with pytest.raises(RuntimeError):
        await outbox.deliver(NOW)
    assert len(tried) == 3
    assert await outbox.unsent(NOW) == Unsent(waiting=1, given_up=0)


async def test_a_mail_that_cannot_be_written_keeps_nobody_waiting(
    outbox: Outbox, office: PostOffice, pool: asyncpg.Pool
) -> None:
    """Say, of a release that took other addresses."""
    await outbox.put(mail(), NOW)
    await pool.execute("UPDATE identity.mails SET recipient = E'ann@example.org\nBcc: eve@a.org'")
    await outbox.put(mail(), NOW)
    await outbox.deliver(NOW)
    assert office.recipients == [["ann@example.org"]]
    assert await outbox.unsent(NOW) == Unsent(waiting=1, given_up=0)


async def test_analysts_see_no_mail(admin: asyncpg.Connection, database: Database) -> None:
    """The application alone does."""
    asked = "SELECT has_table_privilege($1, 'identity.mails', 'SELECT')"
    assert not await admin.fetchval(asked, "tallybook_analyst")
    assert await admin.fetchval(asked, "tallybook_app")


@pytest.mark.parametrize("column", ["recipient", "subject", "text"])
async def test_the_database_keeps_nothing_of_a_mail_that_is_done(
    outbox: Outbox, pool: asyncpg.Pool, column: str
) -> None:
    """And loses nothing of one that waits."""
    await outbox.put(mail(), NOW)
    for done in ("due_at", column):
        with pytest.raises(asyncpg.CheckViolationError):
            await pool.execute(f"UPDATE identity.mails SET {done} = NULL")  # noqa: S608 - a column's name
