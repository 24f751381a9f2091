"""The configuration file: every key documented, every mistake told with its line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from adapters.settings import Settings, load
from gateway.errors import GatewayError

CONFIG = Path(__file__).parents[2] / "config"
GOOD = (CONFIG / "gateway.toml").read_text(encoding="utf-8")


def refused(tmp_path: Path, text: str) -> GatewayError:
    path = tmp_path / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GatewayError) as refusal:
        load(path, Settings)
    return refusal.value


@pytest.mark.parametrize("name", ["gateway.toml", "demo.toml"])
def test_the_shipped_files_are_good(name: str) -> None:
    assert load(CONFIG / name, Settings).bodies.keys() == {"article-100", "article-77"}


def test_the_example_shows_the_defaults() -> None:
    example = load(CONFIG / "gateway.toml", Settings)
    for section in ("dispatch", "receipts", "time", "schedule", "log"):
        default = type(getattr(example, section))()
        assert getattr(example, section) == default


def test_the_example_names_every_key() -> None:
    def keys(model: type[BaseModel]) -> set[str]:
        found = set()
        for name, field in model.model_fields.items():
            inner = field.annotation
            found |= keys(inner) if isinstance(inner, type) and issubclass(inner, BaseModel) else {name}
        return found

    assert all(f"{key} = " in GOOD or f"[{key}." in GOOD for key in keys(Settings))


def test_an_unknown_key_is_refused_with_its_line(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("batch_notices = 50", "batch_notice = 50"))
    line = next(n for n, text in enumerate(GOOD.splitlines(), 1) if text.startswith("batch_notices"))
    assert error.code == "config.unknown-key"
    assert error.where.endswith(f"gateway.toml, line {line}")
    assert "dispatch.batch_notice" in error.detail


def test_a_wrong_value_deep_inside_is_refused_with_its_line(tmp_path: Path) -> None:
    wrong = GOOD.replace('key = "pki/municipality/seal-article-77.key.pem"', "key = 77")
    line = next(n for n, text in enumerate(wrong.splitlines(), 1) if text == "key = 77")
    error = refused(tmp_path, wrong)
    assert error.code == "config.value"
    assert error.where.endswith(f"line {line}")
    assert "bodies.article-77.seal.key" in error.detail


def test_a_missing_key_is_refused_at_its_table(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace('endpoint = "http://127.0.0.1:8080/eblagh"', ""))
    line = next(n for n, text in enumerate(GOOD.splitlines(), 1) if text.strip() == "[judiciary]")
    assert error.code == "config.value"
    assert error.where.endswith(f"line {line}")
    assert error.detail.startswith("judiciary.endpoint")


@pytest.mark.parametrize("seconds", ['"60"', "-1", "0", "true", "inf", "nan", "1e12"])
def test_a_period_is_a_number(tmp_path: Path, seconds: str) -> None:
    error = refused(tmp_path, GOOD.replace("timeout_seconds = 60", f"timeout_seconds = {seconds}"))
    assert error.detail.endswith("a number of seconds above 0 is wanted")


def test_broken_toml_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "[gateway\n")
    assert error.code == "config.unreadable"
    assert "line 1" in error.detail


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match=r"config\.unreadable"):
        load(tmp_path / "nowhere.toml", Settings)


@pytest.mark.parametrize("url", ["nonsense", "postgresql://h/d", "sqlite://", "sqlite:///"])
@pytest.mark.parametrize("key", ["store", "url"])
def test_a_database_that_cannot_be_used_is_refused(tmp_path: Path, key: str, url: str) -> None:
    name = {"store": "gateway.db", "url": "cases.db"}[key]
    error = refused(tmp_path, GOOD.replace(f'{key} = "sqlite:///{name}"', f'{key} = "{url}"'))
    assert error.code == "config.value"
    assert f".{key}: " in error.detail


@pytest.mark.parametrize("url", ["http://[bad", "ftp://h/", "http://", "eblagh"])
def test_an_endpoint_that_is_no_url_is_refused(tmp_path: Path, url: str) -> None:
    error = refused(tmp_path, GOOD.replace("http://127.0.0.1:8080/eblagh", url))
    assert "judiciary.endpoint" in error.detail


def test_settling_must_outlive_a_message_by_both_clocks(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("settle_seconds = 1800", "settle_seconds = 419"))
    assert "settle_seconds must be at least" in error.detail


def test_a_lease_must_outlive_a_call(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("lease_seconds = 300", "lease_seconds = 60"))
    assert "lease_seconds must be more than" in error.detail


def test_periods_are_read_as_such() -> None:
    settings = load(CONFIG / "demo.toml", Settings)
    assert settings.schedule.dispatch_seconds == timedelta(seconds=0.3)
    assert settings.dispatch.queue_lifetime_days == timedelta(days=14)
