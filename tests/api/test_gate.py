"""The gate: which hosts are ours, who is believed to be asking, and what every answer carries."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from adapters.configuration import BadConfiguration, Configuration
from api.docs import POLICY
from api.gate import HEADERS, TLS_ONLY
from tests.api.takes import refused
from tests.system import PROXY, Company, System

COMMON = {name.decode(): said.decode() for name, said in HEADERS}
PATHS = [
    ("GET", "/api/v1/users/me", 401),
    ("GET", "/api/v1/nowhere", 404),
    ("FROB", "/api/v1/parts", 405),
    ("POST", "/api/v1/auth/token", 400),
    ("GET", "/api/v1/auth/token", 405),
    ("GET", "/nowhere", 404),
    ("GET", "/health/live", 200),
    ("GET", "/health/ready", 200),
    ("GET", "/metrics", 200),
]


@pytest.mark.parametrize(("method", "path", "status"), PATHS)
async def test_every_answer_carries_the_headers(
    system: System, method: str, path: str, status: int
) -> None:
    """Whoever answers it, and whatever it says."""
    answer = await system.http.request(method, path)
    assert answer.status_code == status
    assert COMMON.items() <= dict(answer.headers).items()
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "strict-transport-security" not in answer.headers


async def test_what_is_personal_is_kept_nowhere(company: Company) -> None:
    """By no cache on the way, whether there is something or not."""
    for path in ("/users/me", "/parts/none"):
        answer = await company["admin"].get(path)
        assert COMMON.items() <= dict(answer.headers).items()


async def test_the_documentation_may_show_itself_and_be_kept(system: System) -> None:
    """It needs scripts and styles of this host; all else is as everywhere."""
    page = (await system.http.get("/docs")).headers
    assert page["content-security-policy"] == POLICY
    file = (await system.http.get("/docs/swagger-ui.css")).headers
    assert file["cache-control"] == "max-age=86400"
    for headers in (page, file):
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


HOSTS = [
    ("testserver", 200),
    ("TestServer:8000", 200),
    ("localhost:1", 200),
    ("127.0.0.1", 200),
    ("[::1]:8000", 200),
    ("elsewhere.example", 400),
    ("testserver.elsewhere.example", 400),
    ("testserver@elsewhere.example", 400),
    ("testserver:port", 400),
    ("testserver:80:80", 400),
    ("[::2]", 400),
    ("", 400),
]


@pytest.mark.parametrize(("host", "status"), HOSTS)
async def test_a_host_that_is_not_ours_is_refused(system: System, host: str, status: int) -> None:
    """A page that resolves its own name to our address gets nothing (DNS rebinding)."""
    answer = await system.http.get("/health/live", headers={"host": host})
    if status == 200:
        assert answer.json() == {"status": "ok"}
    else:
        assert refused(answer, 400, "BAD_HOST")
        assert COMMON.items() <= dict(answer.headers).items()


async def test_two_hosts_are_none(system: System) -> None:
    """A proxy may have believed the other one (RFC 9112, 3.2)."""
    twice = [("host", "testserver"), ("host", "testserver")]
    refused(await system.http.get("/health/live", headers=twice), 400, "BAD_HOST")


@pytest.mark.parametrize("path", ["/parts", "/auth/token", "/users/me", "/nowhere"])
async def test_a_page_of_another_site_is_told_that_it_may_not(system: System, path: str) -> None:
    """Its browser asks before it sends what a form could not."""
    asks = {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    answer = await system.http.request("OPTIONS", f"/api/v1{path}", headers=asks)
    refused(answer, 403, "CROSS_ORIGIN")
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def through(system: System, peer: str) -> httpx.AsyncClient:
    """A client whose requests come from that address."""
    app: Any = system.app  # each spells ASGI its own way
    transport = httpx.ASGITransport(app, client=(peer, 1234))
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


@pytest.mark.parametrize(("peer", "believed"), [(PROXY, True), ("192.0.2.9", False)])
async def test_only_a_trusted_proxy_says_that_tls_is_on(
    system: System, peer: str, believed: bool
) -> None:
    """Then browsers may remember it for a year."""
    async with through(system, peer) as http:
        answer = await http.get("/health/live", headers={"x-forwarded-proto": "https"})
    said = answer.headers.get("strict-transport-security")
    assert said == (TLS_ONLY[1].decode() if believed else None)


FORWARDED = [
    ("192.0.2.9", "198.51.100.1", "192.0.2.9"),
    (PROXY, "198.51.100.1", "198.51.100.1"),
    (PROXY, "203.0.113.66, 198.51.100.1", "198.51.100.1"),
    (PROXY, f"203.0.113.66, 198.51.100.1, {PROXY}", "198.51.100.1"),
    (PROXY, "", PROXY),
]


@pytest.mark.parametrize(("peer", "forwarded", "believed"), FORWARDED)
async def test_an_address_is_believed_as_far_as_proxies_are(
    system: System, monkeypatch: pytest.MonkeyPatch, peer: str, forwarded: str, believed: str
) -> None:
    """Log-ins are counted by it: what a caller writes himself counts for nothing."""
    counted: list[str] = []

    async def log_in(_: Any, __: str, ___: str, address: str, *____: Any) -> None:
        counted.append(address)
        raise ValueError

    monkeypatch.setattr("api.log_ins.LogIns.log_in", log_in)
    async with through(system, peer) as http:
        sent = {"x-forwarded-for": forwarded} if forwarded else {}
        asked = {"username": "x", "password": "y"}
        await http.post("/api/v1/auth/token", json=asked, headers=sent)
    assert counted == [believed]


def test_hosts_and_proxies_are_read_from_the_environment() -> None:
    """Ours are always among the hosts; no proxy is trusted by itself."""
    plain = Configuration.read({})
    assert plain.hosts == {"localhost", "127.0.0.1", "[::1]"}
    assert plain.proxies == []
    names = {"TALLYBOOK_HOST": "::", "TALLYBOOK_ALLOWED_HOSTS": "Stock.example,10.0.0.7"}
    read = Configuration.read({**names, "TALLYBOOK_TRUSTED_PROXIES": "10.0.0.0/8, ::1"})
    assert read.hosts == {"localhost", "127.0.0.1", "[::1]", "[::]", "stock.example", "10.0.0.7"}
    assert read.proxies == ["10.0.0.0/8", "::1"]


@pytest.mark.parametrize(
    "given",
    [("TALLYBOOK_ALLOWED_HOSTS", "https://stock.example"), ("TALLYBOOK_TRUSTED_PROXIES", "nginx")],
)
def test_what_is_no_host_or_no_address_is_refused(given: tuple[str, str]) -> None:
    """In a line that names the setting."""
    with pytest.raises(BadConfiguration, match=given[0]):
        Configuration.read(dict([given]))
