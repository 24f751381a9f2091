"""The guard: each direction, by a configuration that is good but for one thing."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.composition.guard import violations
from adapters.http.loopback import beyond_loopback
from adapters.judiciary.channel import Channel
from adapters.settings import Settings, load
from gateway.runtime.errors import GatewayError

from .certificates import issue

CONFIG = Path(__file__).parents[3] / "config"
CERTIFICATES = [
    "anchors/judiciary-root.pem",
    "judiciary/transport.crt.pem",
    "judiciary/receipts.crt.pem",
    "municipality/transport.crt.pem",
    "municipality/seal-article-100.crt.pem",
    "municipality/seal-article-77.crt.pem",
    "municipality/seal-article-55-20.crt.pem",
    "municipality/seal-article-99.crt.pem",
]


@pytest.fixture
def production(tmp_path: Path) -> Path:
    """The example configuration, with certificates of a real authority."""
    shutil.copy(CONFIG / "gateway.toml", tmp_path)
    root = issue("Real Development Office Root", ca=True)
    for name in CERTIFICATES:
        path = tmp_path / "pki" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(root.pem if "root" in name else issue(name, root).pem)
    return tmp_path / "gateway.toml"


@pytest.fixture
def development(tmp_path: Path) -> Path:
    """The configuration of a demonstration."""
    return Path(shutil.copy(CONFIG / "demo.toml", tmp_path / "gateway.toml"))


def found(file: Path, old: str = "", new: str = "") -> list[GatewayError]:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return violations(load(file, Settings), file)


def line(file: Path, start: str) -> int:
    return next(n for n, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if text.startswith(start))


def test_a_production_configuration_passes(production: Path) -> None:
    assert found(production) == []
    assert found(production, "http://127.0.0.1:8080/", "https://sana.example/") == []


def test_production_is_what_a_file_means_that_says_nothing(development: Path) -> None:
    assert found(development) == []
    assert found(development, 'environment = "development"') != []


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_development_certificate_is_found_wherever_it_stands(production: Path, pki: Path, name: str) -> None:
    shutil.copy(pki / name, production.parent / "pki" / name)
    [error] = found(production)
    assert (error.code, error.where) == ("key.development", str(production.parent / "pki" / name))


def test_a_certificate_that_lost_its_name_is_known_by_its_issuer(production: Path) -> None:
    ours = issue("Municipality Issuing CA (DEVELOPMENT)", ca=True)
    (production.parent / "pki" / CERTIFICATES[3]).write_bytes(issue("Notice Gateway of a Real City", ours).pem)
    assert [error.code for error in found(production)] == ["key.development"]


def test_a_certificate_that_cannot_be_looked_at_is_no_good_one(production: Path) -> None:
    (production.parent / "pki" / CERTIFICATES[0]).write_text("nothing")
    assert [error.code for error in found(production)] == ["key.unreadable"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("day_seconds = 86400", "day_seconds = 1"),
        ("lifetime_seconds = 300", "lifetime_seconds = 8"),
        ("skew_seconds = 60", "skew_seconds = 1"),
        ("queue_lifetime_days = 14", "queue_lifetime_days = 0.5"),
        ('second_factor = "required"', 'second_factor = "optional"'),
    ],
)
def test_a_sandbox_value_is_told_with_its_line(production: Path, old: str, new: str) -> None:
    [error] = found(production, old, new)
    assert error.code == "config.sandbox-value"
    assert error.where == f"{production}, line {line(production, new)}"


def test_production_speaks_https(production: Path) -> None:
    [error] = found(production, "http://127.0.0.1:8080/", "http://sana.example/")
    assert error.code == "config.endpoint"
    assert error.where == f"{production}, line {line(production, 'endpoint')}"


@pytest.mark.parametrize(
    "host",
    [
        "203.0.113.7",
        "0.0.0.0",
        "10.0.0.1",
        "sana.example",
        "localhost.sana.example",
        "127.0.0.1.sana.example",
        "[2001:db8::7]",
        "[::ffff:203.0.113.7]",
        "2130706433",
    ],
)
def test_development_reaches_nothing_beyond_this_machine(
    development: Path, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*_: object) -> None:
        pytest.fail("the network was asked for a name")

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    [error] = found(development, "127.0.0.1:8080", host)
    assert error.code == "config.endpoint"
    assert error.where == f"{development}, line {line(development, 'endpoint')}"


@pytest.mark.parametrize("host", ["127.0.0.1@sana.example", r"sana.example\@127.0.0.1"])
def test_an_address_that_two_readers_read_differently_is_refused_when_it_is_read(development: Path, host: str) -> None:
    with pytest.raises(GatewayError) as refusal:
        found(development, "127.0.0.1:8080", host.replace("\\", r"\\"))
    assert refusal.value.code == "config.value"
    assert beyond_loopback(f"http://{host}/") is not None


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8:1", "[::1]:9", "[::ffff:127.0.0.1]", "localhost", "LOCALHOST"]
)
def test_development_reaches_this_machine(development: Path, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver("127.0.0.1", "::1"))
    assert found(development, "127.0.0.1:8080", host) == []


def resolver(*addresses: str) -> Callable[..., list[tuple[int, int, int, str, tuple[str, int]]]]:
    return lambda *_: [(0, 0, 0, "", (address, 0)) for address in addresses]


def test_a_localhost_that_leads_away_is_refused_even_after_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver("127.0.0.1"))
    channel = Channel("http://localhost:9/eblagh", timedelta(seconds=1), loopback_only=True)
    channel.assert_allowed()
    monkeypatch.setattr(socket, "getaddrinfo", resolver("127.0.0.1", "203.0.113.7"))
    assert beyond_loopback("http://localhost:9/eblagh") == "localhost leads to 203.0.113.7"
    with pytest.raises(GatewayError, match=r"config\.endpoint"):
        channel.send(b"", {})


def test_rows_of_a_development_come_from_this_machine(development: Path) -> None:
    listen = '[push]\nlisten = "0.0.0.0:9120"\nurl = "https://eblagh.example"\n'
    [error] = found(development, "[sources.cases]\n", f"{listen}[sources.cases]\n")
    number = line(development, 'listen = "0.0.0.0')
    assert (error.code, error.where) == ("config.endpoint", f"{development}, line {number}")


def test_a_development_certificate_of_a_sender_is_found(production: Path, pki: Path) -> None:
    sender = production.parent / "sender.pem"
    shutil.copy(pki / CERTIFICATES[2], sender)
    section = '[sources.registry]\nkind = "soap"\nanchors = ["sender.pem"]\ncertificates = ["sender.pem"]\n'
    [error] = found(production, "[sources.cases]\n", f"{section}[sources.cases]\n")
    assert (error.code, error.where) == ("key.development", str(sender))
