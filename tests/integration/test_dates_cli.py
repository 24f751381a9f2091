"""Dates on the command line: every option reads either calendar, and an empty range is not agreement."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.shipped.resources import CASE_MAPPING, CONFIG
from tests.databases import make_store
from tests.integration.municipal.plain_database import PlainCaseDatabase, empty


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with a configuration, an empty store and one row whose version is a number."""
    with empty("sqlite", tmp_path) as url:
        cases = PlainCaseDatabase(url, "integer", "number")
        cases.add()
        cases.close()
    (tmp_path / "gateway.toml").write_text((CONFIG / "demo.toml").read_text(encoding="utf-8"), encoding="utf-8")
    make_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [each.replace("FOLDER", str(folder)) for each in arguments])


CONFIGURED = ("--config", "FOLDER/gateway.toml")
WITH_DATES = {
    "reconcile --since": ("reconcile", "--ask", "none", *CONFIGURED, "--since"),
    "reconcile --until": ("reconcile", "--ask", "none", *CONFIGURED, "--until"),
    "run-once --since": ("run-once", "collect", *CONFIGURED, "--since"),
    "mapping replay --since": ("mapping", "replay", str(CASE_MAPPING), *CONFIGURED, "--since"),
    "archive verify --from": ("archive", "verify", "FOLDER", "--trust", "FOLDER", "--until", "1405-01-01", "--from"),
    "archive verify --until": ("archive", "verify", "FOLDER", "--trust", "FOLDER", "--from", "1405-01-01", "--until"),
    "sandbox revoke --at": ("sandbox", "revoke", "--dir", "FOLDER", "FOLDER/gateway.toml", "--at"),
    "sandbox revoke --since": ("sandbox", "revoke", "--dir", "FOLDER", "FOLDER/gateway.toml", "--since"),
}
"""Options that are read before anything else is; `--from` of a version's activation is `point_in_time`'s too."""


@pytest.mark.parametrize("option", sorted(WITH_DATES))
@pytest.mark.parametrize("year", ["1250", "1652", "2605"])
def test_a_date_of_neither_calendar_is_refused_in_both_languages(installed: Path, option: str, year: str) -> None:
    (installed / "sandbox.toml").write_text("", encoding="utf-8")
    result = run(installed, *WITH_DATES[option], f"{year}-08-01")
    assert result.exit_code == 2, (result.output, result.exception)
    assert "1300 to 1499" in " ".join(result.output.replace("│", " ").split())
    assert "هجری شمسی" in result.output


def test_no_option_has_a_date_parser_of_its_own() -> None:
    def dated(group: typer.Typer, path: str) -> list[str]:
        own = [
            f"{path} {command.name} {name}"
            for command in group.registered_commands
            if command.callback is not None
            for name, hint in get_type_hints(command.callback).items()
            if hint in (datetime, date) or {datetime, date} & set(get_args(hint))
        ]
        below = [(each.typer_instance, each.name) for each in group.registered_groups]
        return own + [found for sub, name in below if sub is not None for found in dated(sub, f"{path} {name}")]

    assert dated(app, "") == []
    probe = typer.Typer()
    probe.command("probe")(lambda since: None)
    probe.registered_commands[0].callback.__annotations__["since"] = datetime
    assert dated(probe, "") == [" probe since"], "it finds one"


def test_a_jalali_range_that_holds_nothing_is_not_all_agree(installed: Path) -> None:
    reported = run(installed, *WITH_DATES["reconcile --since"], "1405-08-01", "--json", "--until", "1405-08-02")
    assert reported.exit_code == 1, (reported.output, reported.exception)
    found = json.loads(reported.stdout.splitlines()[-1])
    assert found["since"] == "2026-10-22T20:30:00.000000Z", "the first of Aban 1405 in Tehran"
    assert (found["agrees"], found["empty"], found["compared"]["notices"]) == (False, True, 0)


def test_an_empty_range_is_said_in_both_languages(installed: Path) -> None:
    (installed / "cases.db").unlink()
    with empty("sqlite", installed) as url:
        PlainCaseDatabase(url, "integer", "number").close()
    shown = run(installed, *WITH_DATES["reconcile --since"], "1405-08-01").stdout
    assert "all agree" not in shown
    assert "nothing was compared" in shown
    assert "هیچ ابلاغیه" in shown


def test_a_replay_of_no_notices_is_not_agreement(installed: Path) -> None:
    result = run(installed, *WITH_DATES["mapping replay --since"], "1405-08-01")
    assert result.exit_code == 1, (result.output, result.exception)
    assert "nothing was compared" in result.stdout
