"""Settings: read from the environment, or refused in one clear line."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from adapters.configuration import BadConfiguration, Configuration
from adapters.smtp_url import FORM, SmtpServer


def test_without_variables_everything_is_embedded_and_local() -> None:
    """The defaults need nothing and reach nobody."""
    configuration = Configuration.read({"PATH": "/bin"})

    assert configuration.embedded
    assert (configuration.host, configuration.port) == ("127.0.0.1", 8000)
    assert configuration.home == Path(".tallybook")


def test_a_process_gets_the_same_configuration_through_its_environment() -> None:
    """What one process writes out, the other reads back."""
    given = Configuration(
        home=Path("/srv/stock"),
        port=9000,
        database_url="postgresql://a@b/c",
        allowed_hosts="stock.example",
        insecure_cookies=True,
        smtp_url="smtps://ann:secret@mail.example.org",
        mail_from="Tallybook <tallybook@example.org>",
        public_url="https://stock.example.org",
    )

    assert Configuration.read(given.environment()) == given


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("TALLYBOOK_PORT", "eighty", "TALLYBOOK_PORT: Expected `int`"),
        ("TALLYBOOK_PORT", "0", "TALLYBOOK_PORT: Expected `int` >= 1"),
        ("TALLYBOOK_LOG_LEVEL", "loud", "TALLYBOOK_LOG_LEVEL: Expected `str` matching"),
        ("TALLYBOOK_DEMO_PASSWORD", "short", "TALLYBOOK_DEMO_PASSWORD: Expected `str` of length"),
        ("TALLYBOOK_SMTP_URL", "mail.example.org", "TALLYBOOK_SMTP_URL: it has to be smtp://"),
        ("TALLYBOOK_SMTP_URL", "smtp://mail.example.org", "TALLYBOOK_MAIL_FROM: with a mail"),
        ("TALLYBOOK_MAIL_FROM", "nobody", "TALLYBOOK_MAIL_FROM: with a mail server set it"),
        ("TALLYBOOK_MAIL_FROM", "a@b.org\nBcc: c@d.org", "TALLYBOOK_MAIL_FROM: with a mail"),
        ("TALLYBOOK_PUBLIC_URL", "example.org", "TALLYBOOK_PUBLIC_URL: it has to begin with"),
        ("TALLYBOOK_PUBLIC_URL", "https://a.org/?q=1", "TALLYBOOK_PUBLIC_URL: it has to begin"),
        ("TALLYBOOK_PROT", "8000", "TALLYBOOK_PROT is no setting; there are TALLYBOOK_HOME"),
    ],
)
def test_a_bad_setting_is_named(name: str, text: str, message: str) -> None:
    """The message starts with the variable and says what it should be."""
    with pytest.raises(BadConfiguration) as refusal:
        Configuration.read({name: text})

    assert str(refusal.value).startswith(message)


def test_one_url_without_the_other_is_refused() -> None:
    """Half of the servers cannot be embedded."""
    with pytest.raises(BadConfiguration, match="both"):
        _ = Configuration.read({"TALLYBOOK_NATS_URL": "nats://a"}).embedded


@pytest.mark.parametrize(
    "url",
    [
        "smtp://ann:pass/word@mail.example.org:587",
        "smtp://ann:pass#word@mail.example.org",
        "smtp://ann:pass?word@mail.example.org",
        "smtp://ann:password@mail.example.org:x",
        "smtp://ann:password@",
        "smtp://ann@mail.example.org/?password",
        "http://ann:password@mail.example.org",
        "smtp://ann:password@[mail",
    ],
)
def test_a_bad_mail_server_is_refused_without_a_word_of_its_password(url: str) -> None:
    """Whatever is wrong with the URL, and whoever prints the error with its causes."""
    variables = {"TALLYBOOK_SMTP_URL": url, "TALLYBOOK_MAIL_FROM": "tallybook@example.org"}
    with pytest.raises(BadConfiguration) as refusal:
        Configuration.read(variables)

    assert str(refusal.value).startswith("TALLYBOOK_SMTP_URL: it has to be smtp://")
    shown = "".join(traceback.format_exception(refusal.value))
    assert "mail.example.org:587" not in shown
    assert url.removeprefix("smtp://ann:")[:4] not in str(refusal.value).replace(FORM, "")


def test_a_mail_server_is_taken_apart() -> None:
    """Special characters are percent-encoded; the port follows from the kind."""
    server = SmtpServer.parse("smtp://ann%40example.org:p%40ss%2Fw@mail.example.org")
    assert (server.host, server.port, server.start_tls) == ("mail.example.org", 587, True)
    assert (server.user, server.password) == ("ann@example.org", "p@ss/w")
    server = SmtpServer.parse("smtps://mail.example.org")
    assert (server.port, server.tls, server.start_tls) == (465, True, False)
    assert (server.user, server.password) == (None, None)
    assert not SmtpServer.parse("smtp://localhost:25").start_tls


def test_no_password_is_in_what_a_configuration_shows() -> None:
    """Of no setting; the others are shown."""
    configuration = Configuration(
        database_url="postgresql://a:secret@b/c",
        admin_database_url="postgresql://a:secret@b/c",
        nats_url="nats://a:secret@b",
        demo_password="secret",  # noqa: S106 - of nobody
        secret="secret",  # noqa: S106 - same
        smtp_url="smtp://a:secret@b",
        mail_from="a@b.org",
    )
    assert ":secret" not in repr(configuration)
    assert "'secret'" not in repr(configuration)
    assert "mail_from='a@b.org'" in repr(configuration)
    assert "secret" not in repr(configuration.smtp)


def test_links_begin_with_the_public_address() -> None:
    """Without a slash, so that a path can follow; or with where the API listens."""
    assert Configuration(public_url="https://a.org/stock/").address == "https://a.org/stock"
    assert Configuration(port=9000).address == "http://127.0.0.1:9000"
