"""Legal effect and deadlines of stored notices, and the deadlines that a change of the calendar moves."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.composition.installation import Installation as Opened
from adapters.shipped.resources import CALENDAR, RULES
from gateway.operations.effective_configuration import record
from tests.golden.printed import Installation, prepared

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation whose notices were served on 1405-09-06."""
    return prepared(tmp_path_factory.mktemp("legal") / "installation")


@pytest.fixture(scope="module")
def told(installed: Installation) -> dict[str, dict[str, Any]]:
    """Effect and deadlines of every notice, by its reference."""
    notices = installed.run("notice list", "--limit", "100")["notices"]
    return {each["reference"]: installed.run("legal notice", each["reference"]) | each for each in notices}


def test_each_state_has_its_effect(told: dict[str, dict[str, Any]]) -> None:
    effects = {each["state"]: (each["effect"], each["served_on"]) for each in told.values()}
    assert effects["VIEWED"] == ("ACTUAL", "1405-09-06")
    assert effects["DELIVERED"] == ("LEGAL", "1405-09-06")
    assert effects["QUEUED"] == effects["NO_ACCOUNT"] == effects["IN_DOUBT"] == (None, None)
    for each in told.values():
        assert bool(each["periods"]) == (each["served_on"] is not None)
        assert each["service_rule"] == ("by-law-1395-article-13" if each["periods"] else None)


def test_the_day_of_the_question_decides(installed: Installation, told: dict[str, dict[str, Any]]) -> None:
    [viewed, *_] = [each["reference"] for each in told.values() if each["state"] == "VIEWED"]
    before = installed.run("legal notice", viewed, "--on", "1405-09-05")
    assert (before["effect"], before["periods"]) == (None, [])
    assert installed.run("legal notice", viewed, "--on", "1405/12/01")["effect"] == "ACTUAL"


def test_a_closure_moves_the_deadlines_that_ended_on_it_and_no_other(
    installed: Installation, told: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    day = "1405-09-17"
    changed = tmp_path / "calendar"
    shutil.copytree(CALENDAR, changed)
    closure = f'[[closed]]\nday = "{day}"\ntitle = "ت"\ntitle_en = "c"\nsource = "s"\nmark = "confirmed"\n'
    (changed / "closures.toml").write_text(closure, encoding="utf-8")
    before = _digest(installed)
    found = installed.run("legal compare", "--calendar", str(changed))
    expected = {
        (reference, period["starts"])
        for reference, each in told.items()
        for period in each["periods"]
        if period["last_day"] == day
    }
    assert expected
    assert {(each["reference"], each["starts"]) for each in found["moved"]} == expected
    assert {(each["before"], each["after"]) for each in found["moved"]} == {(day, "1405-09-18")}
    assert found["notices"] == sum(each["served_on"] is not None for each in told.values())
    assert found["before"]["calendar"] != found["after"]["calendar"]
    assert installed.run("legal compare", "--calendar", str(CALENDAR), "--rules", str(RULES))["moved"] == []
    assert _digest(installed) == before


def _digest(installed: Installation) -> str:
    return hashlib.sha256((installed.folder / "gateway.db").read_bytes()).hexdigest()


def test_evidence_tells_the_rules_of_the_day(installed: Installation, tmp_path: Path) -> None:
    """The record of the configuration in force on the day of arrival names its rules; changed files do not agree."""
    copy = tmp_path / "installation"
    shutil.copytree(installed.folder, copy)
    later = Installation(copy)
    [viewed, *_] = [each["reference"] for each in later.run("notice list", "--state", "VIEWED")["notices"]]
    assert later.run("legal notice", viewed)["on_record"] is None
    opened = Opened.of(copy / "gateway.toml")
    try:
        record(opened.store(), opened.configuration, datetime(2026, 11, 1, tzinfo=UTC), "city", "1")
    finally:
        opened.close()
    told = later.run("legal notice", viewed)["on_record"]
    assert (told["rules"], told["calendar"]) == (True, True)
    assert told["configuration"].startswith("configuration:")
    shutil.copytree(RULES, copy / "rules")
    with (copy / "gateway.toml").open("a", encoding="utf-8") as config:
        config.write('[legal]\nrules = "rules"\n')
    assert later.run("legal notice", viewed)["on_record"] == told, "the same files in another place"
    changed = copy / "rules" / "article-77.toml"
    changed.write_text(changed.read_text(encoding="utf-8") + "# another text\n", encoding="utf-8")
    told = later.run("legal notice", viewed)["on_record"]
    assert (told["rules"], told["calendar"]) == (False, True)
