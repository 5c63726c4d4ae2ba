"""Who delivers: at once when NATS says so, soon without it, and again after a kill."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from adapters.configuration import Configuration
from adapters.mail import BATCH, Mail
from adapters.metrics import Metrics
from api import postman
from api.postman import Postman
from api.services import Services, services
from tests.conftest import Database
from tests.faults.killed.site import Site
from tests.mail.conftest import SENDER, mail
from tests.mail.post_office import PostOffice
from tests.nats.conftest import eventually, running

NO_NATS = "nats://127.0.0.1:1"
Open = Callable[[str], AbstractAsyncContextManager[Services]]


@pytest.fixture
def opened(database: Database, office: PostOffice, tmp_path: Path) -> Open:
    """What a process stands on, with that NATS."""

    @asynccontextmanager
    async def begin(nats_url: str) -> AsyncIterator[Services]:
        configuration = Configuration(
            home=tmp_path,
            database_url=database.app_url,
            nats_url=nats_url,
            smtp_url=f"smtp://127.0.0.1:{office.port}",
            mail_from=SENDER,
        )
        async with services(configuration, Metrics(CollectorRegistry())) as parts:
            yield parts

    return begin


async def put(parts: Services) -> Mail:
    """A mail that is due."""
    at = datetime.now(UTC)
    letter = mail(expires_at=at + timedelta(hours=1))
    await parts.outbox.put(letter, at)
    return letter


def arrived(office: PostOffice, letters: int) -> Callable[[], Awaitable[bool]]:
    """Whether so many have."""

    async def enough() -> bool:
        return len(office.arrived) == letters

    return enough


async def test_a_hint_wakes_who_delivers(
    opened: Open, office: PostOffice, nats: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The poll behind it comes too late here."""
    monkeypatch.setattr(postman, "POLL_SECONDS", 3600.0)
    async with opened(nats) as parts, running(Postman(parts).run()):
        await put(parts)

        async def heard() -> bool:
            parts.hints.mailed()  # until the subscription is there
            return len(office.arrived) == 1

        await eventually(heard)
        await put(parts)
        await eventually(arrived(office, 2))


async def test_without_nats_a_poll_finds_what_is_due(
    opened: Open, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A little later; and one process's mail is delivered by any other."""
    monkeypatch.setattr(postman, "POLL_SECONDS", 0.01)
    async with opened(NO_NATS) as parts, opened(NO_NATS) as other, running(Postman(other).run()):
        await put(parts)
        await eventually(arrived(office, 1))
        await put(parts)
        await eventually(arrived(office, 2))


async def test_a_full_round_is_followed_by_the_next(
    opened: Open, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a wait between them."""
    monkeypatch.setattr(postman, "POLL_SECONDS", 3600.0)
    async with opened(NO_NATS) as parts:
        for _ in range(2 * BATCH + 1):
            await put(parts)
        async with running(Postman(parts).run()):
            await eventually(arrived(office, 2 * BATCH + 1))


async def test_a_round_says_what_waits(
    database: Database, office: PostOffice, tmp_path: Path
) -> None:
    """And what was given up, in the metrics."""
    registry = CollectorRegistry()
    configuration = Configuration(home=tmp_path, database_url=database.app_url, nats_url=NO_NATS)
    sending = msgspec.structs.replace(
        configuration, smtp_url=f"smtp://127.0.0.1:{office.port}", mail_from=SENDER
    )
    office.to_recipient = "550 no such person"
    async with services(sending, Metrics(CollectorRegistry())) as parts:
        await put(parts)
        assert not await Postman(parts).round()
    async with services(configuration, Metrics(registry)) as parts:
        await put(parts)
        assert not await Postman(parts).round()
    states = {
        state: registry.get_sample_value("tallybook_mails", {"state": state})
        for state in ("waiting", "given_up")
    }
    assert states == {"waiting": 1, "given_up": 1}


async def test_a_round_forgets_what_has_expired(opened: Open) -> None:
    """Also where there is nothing to send."""
    async with opened(NO_NATS) as parts:
        at = datetime.now(UTC)
        await parts.outbox.put(mail(expires_at=at), at - timedelta(hours=1))
        assert not await Postman(parts).round()
        assert await parts.pool.fetch("SELECT FROM identity.mails") == []


async def test_a_killed_process_leaves_its_mail_to_the_next(
    opened: Open, office: PostOffice, database: Database, nats: str, tmp_path: Path
) -> None:
    """It is killed when the server has the mail and nobody has noted it down."""
    site = Site(
        tmp_path,
        database.app_url,
        nats,
        smtp_url=f"smtp://127.0.0.1:{office.port}",
        mail_from=SENDER,
    )
    try:
        async with opened(nats) as parts, office.silent():
            letter = await put(parts)
            site.start("timers")
            await eventually(arrived(office, 1))
            site.kill("timers")
            await parts.pool.execute("UPDATE identity.mails SET due_at = made_at")  # a minute later
        site.start("timers")
        await eventually(arrived(office, 2))
    finally:
        site.stop()
    assert office.ids == [f"<{letter.id}@example.org>"] * 2
    logged = (tmp_path / "timers.log").read_text()
    assert letter.to not in logged
    assert "a-token" not in logged
