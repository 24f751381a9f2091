"""The console's section: never in clear beyond this machine, and sessions that end."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters.composition.guard import violations
from adapters.settings import ConsoleSection, Settings, load
from gateway.runtime.errors import GatewayError

CONFIG = Path(__file__).parents[2] / "config"
GOOD = (CONFIG / "gateway.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("url", [None, "http://console.city.example/"])
def test_beyond_this_machine_people_need_tls(url: str | None) -> None:
    with pytest.raises(ValidationError, match="people need TLS"):
        ConsoleSection(listen="0.0.0.0:9110", public_url=url)
    assert ConsoleSection(listen="0.0.0.0:9110", public_url="https://console.city.example/").public_url


def test_a_public_address_speaks_tls_also_where_the_proxy_is_on_this_machine() -> None:
    with pytest.raises(ValidationError, match="an https address is wanted"):
        ConsoleSection(public_url="http://console.city.example/")


OPENID = {"issuer": "https://sso.city.example", "client_id": "console", "client_secret_file": "openid.secret"}


def openid(**changes: object) -> ConsoleSection:
    section = {name: value for name, value in (OPENID | changes).items() if value is not None}
    return ConsoleSection.model_validate({"public_url": "https://console.city.example", "openid": section})


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"issuer": "http://sso.city.example"}, "an https address"),
        ({"issuer": "https://sso.city.example/?x=1"}, "an https address"),
        ({"algorithms": ["none"]}, "one of RS256"),
        ({"algorithms": ["HS256"]}, "one of RS256"),
        ({"algorithms": []}, "at least 1 item"),
        ({"client_algorithm": "HS256"}, "one of RS256"),
        ({"client_secret_file": None}, "client_secret_file or client_key is wanted"),
        ({"client_key": "openid.key"}, "client_secret_file or client_key is wanted"),
        ({"require_second_factor": True}, "must say how it is known"),
        ({"skew_seconds": 301}, "less than or equal to 300"),
    ],
)
def test_a_provider_is_believed_under_strict_rules_alone(changes: dict[str, object], refusal: str) -> None:
    assert openid().openid
    with pytest.raises(ValidationError, match=refusal):
        openid(**changes)


def test_a_provider_sends_people_back_to_a_public_address() -> None:
    with pytest.raises(ValidationError, match="public_url is wanted"):
        ConsoleSection.model_validate({"openid": OPENID})
    with pytest.raises(ValidationError, match="a host alone is wanted"):
        ConsoleSection(public_url="https://city.example/console")


def test_people_behind_an_unnamed_proxy_have_one_address() -> None:
    assert ConsoleSection(public_url="https://console.city.example").is_one_address
    assert not ConsoleSection(public_url="https://console.city.example", proxies=["10.0.0.1"]).is_one_address
    assert not ConsoleSection().is_one_address


def test_an_idle_session_ends_first() -> None:
    with pytest.raises(ValidationError, match="idle_minutes must be at most session_hours"):
        ConsoleSection(idle_minutes=61, session_hours=1)


def test_a_configuration_without_a_console_goes_on(tmp_path: Path) -> None:
    begin, end = GOOD.index("[console]"), GOOD.index("# How rows become notices")
    (tmp_path / "gateway.toml").write_text(GOOD[:begin] + GOOD[end:], encoding="utf-8")
    settings = load(tmp_path / "gateway.toml", Settings)
    assert settings.console is None
    with pytest.raises(GatewayError) as refusal:
        _ = settings.configured_console
    assert refusal.value.code == "people.no-console"


def test_a_development_console_stays_on_this_machine(tmp_path: Path) -> None:
    path, there = tmp_path / "gateway.toml", 'listen = "0.0.0.0:9110"\npublic_url = "https://console.city.example/"'
    text = GOOD.replace('environment = "production"', 'environment = "development"')
    path.write_text(text.replace('listen = "127.0.0.1:9110"', there), encoding="utf-8")
    number = next(n for n, each in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if there[:22] in each)
    found = {(error.code, error.where) for error in violations(load(path, Settings), path)}
    assert ("config.endpoint", f"{path}, line {number}") in found
