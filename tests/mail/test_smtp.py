"""How a mail server is spoken to: who we are, and how nobody overhears it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters import smtp_url
from adapters.mail import Due, NotSent
from adapters.smtp import Smtp
from adapters.smtp_url import SmtpServer
from tests.mail.conftest import NOW, SENDER, mail
from tests.mail.post_office import PASSWORD, USER, PostOffice, open_office
from tests.ports import free_port

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def due() -> Due:
    """A mail that is being sent for the first time."""
    letter = mail()
    return Due(
        id=letter.id,
        organization=letter.organization,
        to=letter.to,
        subject=letter.subject,
        text=letter.text,
        expires_at=letter.expires_at,
        made_at=NOW,
        attempts=1,
    )


def sender(url: str) -> Smtp:
    """Sends to that server."""
    return Smtp(SmtpServer.parse(url), SENDER)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of this machine, by itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """The server's side."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_we_log_in_as_the_url_says() -> None:
    """Special characters are encoded there, and not in the log-in."""
    async with open_office(members_only=True) as office:
        await sender(f"smtp://{quote(USER)}:{quote(PASSWORD, safe='')}@127.0.0.1:{office.port}")(
            due()
        )
    assert len(office.arrived) == 1


async def test_we_say_hello_in_the_name_of_our_domain(office: PostOffice) -> None:
    """This machine's own name is nobody's business, and looking it up may take long."""
    await sender(f"smtp://127.0.0.1:{office.port}")(due())
    assert office.hello == "example.org"


async def test_a_wrong_password_is_a_setting_that_may_be_mended() -> None:
    """And is not told on."""
    async with open_office(members_only=True) as office:
        with pytest.raises(NotSent) as failure:
            await sender(f"smtp://{quote(USER)}:nonsense@127.0.0.1:{office.port}")(due())
    assert (failure.value.kind, failure.value.final) == ("SMTPAuthenticationError 535", False)
    assert office.arrived == []


async def test_tls_from_the_first_byte(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a certificate of an authority that the administrator names."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with open_office(tls=tls) as office:
        await sender(f"smtps://127.0.0.1:{office.port}")(due())
    assert len(office.arrived) == 1


async def test_a_server_that_cannot_prove_who_it_is_gets_nothing(tls: ssl.SSLContext) -> None:
    """Nobody vouches for its certificate."""
    async with open_office(tls=tls) as office:
        with pytest.raises(NotSent):
            await sender(f"smtps://127.0.0.1:{office.port}")(due())
    assert office.callers == 0


async def test_elsewhere_a_server_has_to_offer_starttls(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever sits between could read the password and the token."""
    monkeypatch.setattr(smtp_url, "OWN_MACHINE", frozenset[str]())
    with pytest.raises(NotSent) as failure:
        await sender(f"smtp://127.0.0.1:{office.port}")(due())
    assert failure.value.final is False
    assert office.callers == 0


async def test_starttls_secures_what_follows(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server takes no mail before."""
    monkeypatch.setattr(smtp_url, "OWN_MACHINE", frozenset[str]())
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with open_office(start_tls=tls) as office:
        await sender(f"smtp://127.0.0.1:{office.port}")(due())
    assert len(office.arrived) == 1


async def test_a_server_that_is_away_says_so_by_its_class() -> None:
    """Never by its text, in which there may be anything."""
    with pytest.raises(NotSent) as failure:
        await sender(f"smtp://127.0.0.1:{free_port()}")(due())
    assert (failure.value.kind, failure.value.final) == ("SMTPConnectError", False)
