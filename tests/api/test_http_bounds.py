"""What a client may not use up: memory, time, the number of metrics."""

from __future__ import annotations

import asyncio

import pytest
from litestar.types import Receive

from api import http
from api.problems import Malformed
from tests.system import Company, System


async def test_a_word_that_is_no_method_makes_no_series_of_its_own(
    system: System, company: Company
) -> None:
    """Each label of a metric would be kept for ever."""
    for word in ("FROB", "TRACE"):
        answer = await system.http.request(word, "/api/v1/parts")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, POST"
    text = (await system.anonymous.get("/metrics")).text
    assert 'method="other"' in text
    assert "FROB" not in text
    assert "TRACE" not in text


async def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection would be held for as long as the client likes."""
    monkeypatch.setattr(http, "BODY_SECONDS", 0.01)

    async def drip() -> dict[str, object]:
        await asyncio.sleep(0.001)
        return {"type": "http.request", "body": b"x", "more_body": True}

    receive: Receive = drip  # type: ignore[assignment]  # one kind of message is enough
    with pytest.raises(Malformed):
        await http.body(receive)
