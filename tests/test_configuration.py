"""Settings: read from the environment, or refused in one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.configuration import BadConfiguration, Configuration


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
    )

    assert Configuration.read(given.environment()) == given


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("TALLYBOOK_PORT", "eighty", "TALLYBOOK_PORT: Expected `int`"),
        ("TALLYBOOK_PORT", "0", "TALLYBOOK_PORT: Expected `int` >= 1"),
        ("TALLYBOOK_LOG_LEVEL", "loud", "TALLYBOOK_LOG_LEVEL: Expected `str` matching"),
        ("TALLYBOOK_DEMO_PASSWORD", "short", "TALLYBOOK_DEMO_PASSWORD: Expected `str` of length"),
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
