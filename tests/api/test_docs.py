"""The documentation in the browser."""

from __future__ import annotations

import re

import httpx
import pytest
from litestar import Litestar

from api.docs import MEDIA_TYPES, POLICY, docs

FILES = ["/docs/start.js", *(f"/docs/{name}" for name in MEDIA_TYPES)]


@pytest.fixture
def client() -> httpx.AsyncClient:
    """A client of an app that has nothing but documentation."""
    app = Litestar(docs(b'{"openapi":"3.1.0"}'), openapi_config=None)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # each spells ASGI its own way
    return httpx.AsyncClient(transport=transport, base_url="http://here")


async def test_the_document_is_served_as_it_is(client: httpx.AsyncClient) -> None:
    """Byte for byte, as JSON."""
    answer = await client.get("/openapi.json")
    assert answer.content == b'{"openapi":"3.1.0"}'
    assert answer.headers["content-type"] == "application/json"


async def test_the_page_asks_nothing_of_another_host(client: httpx.AsyncClient) -> None:
    """It names none, neither does its script, and the browser is told to refuse any."""
    page = await client.get("/docs")
    assert page.headers["content-security-policy"] == POLICY
    sources = [source for rule in POLICY.split("; ") for source in rule.split()[1:]]
    assert set(sources) == {"'none'", "'self'", "'unsafe-inline'", "data:"}
    script = (await client.get("/docs/start.js")).text
    for text in (page.text, script):
        assert not re.search(r"(https?:)?//[a-z0-9]", text)
    assert "validatorUrl: null" in script


async def test_all_that_the_page_names_is_served(client: httpx.AsyncClient) -> None:
    """From this host, with the type that a browser insists on."""
    page = (await client.get("/docs")).text
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sorted(named) == sorted(FILES)
    for path in named:
        answer = await client.get(path)
        assert answer.status_code == 200
        assert answer.content
    script = await client.get("/docs/swagger-ui-bundle.js")
    assert script.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("name", ["swagger-initializer.js", "index.html", "..%2f__init__.py"])
async def test_the_viewers_other_files_are_not_there(client: httpx.AsyncClient, name: str) -> None:
    """The example page of the bundle would load its document from another host."""
    assert (await client.get(f"/docs/{name}")).status_code == 404
