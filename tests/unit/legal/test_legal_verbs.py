"""The verbs `legal`: what they print, refuse and explain, in both languages."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.configuration_values import effective_configuration
from adapters.composition.installation import Installation
from adapters.composition.legal.law_book import configured_files
from adapters.settings import Settings, load
from adapters.settings.config_folder import ConfigFolder
from adapters.shipped.resources import CALENDAR, CONFIG, RULES
from gateway.record.version_subject import Subject
from gateway.runtime.errors import GatewayError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a folder without a configuration: then what ships is in force."""
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["legal", *arguments])


def told(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    found: dict[str, Any] = json.loads(result.output.splitlines()[-1])
    return found


def refused(*arguments: str) -> str:
    error = run(*arguments).exception
    assert isinstance(error, GatewayError), error
    return error.code


@pytest.mark.parametrize("since", ["1404-11-14", "۱۴۰۴/۱۱/۱۴", "١٤٠٤-١١-١٤", "2026-02-03"])
@pytest.mark.parametrize("what", [("--days", "10"), ("--days", "۱۰"), ("--kind", "article-100/ruling")])
def test_a_deadline_is_computed_from_a_day_in_any_script(since: str, what: tuple[str, str]) -> None:
    found = told("deadline", "--from", since, *what)
    assert (found["last_day"], found["last_day_gregorian"], found["weekday"]) == (
        "1404-11-25",
        "2026-02-14",
        "saturday",
    )
    assert [step["day"] for step in found["steps"] if step["step"] == "first-counted"] == ["1404-11-15"]
    assert found["calendar_version"].startswith("sha256:")


@pytest.mark.parametrize(
    ("arrival", "day"),
    [
        ("2026-02-03T20:29:59Z", "1404-11-14"),
        ("2026-02-03T20:30:00Z", "1404-11-15"),
        ("2026-02-04T00:00:00+03:30", "1404-11-15"),
        ("1404-11-14 23:59", "1404-11-14"),
        ("۱۴۰۴-۱۱-۱۵ ۰۰:۰۰", "1404-11-15"),
    ],
)
def test_the_civil_day_in_tehran_of_an_arrival_is_the_day_of_service(arrival: str, day: str) -> None:
    assert told("deadline", "--from", arrival, "--days", "10")["from"] == day


def test_a_rule_and_its_versions_are_named() -> None:
    found = told("deadline", "--kind", "ruling", "--body", "article-77", "--from", "1404-11-14")
    assert (found["rule"], found["confirmed"]) == ("article-77/ruling/court-complaint@1403-01-01", True)
    assert found["rules_version"].startswith("sha256:")
    [final] = found["other_periods"]
    assert (final["starts"], final["last_day"], final["steps"][-1]["step"]) == ("objection", None, "not-counted")
    abroad = told("deadline", "--kind", "article-77/ruling", "--from", "1404-11-14", "--abroad")
    assert abroad["last_day"] > found["last_day"]
    assert (found["period"], abroad["period"]) == ("3 months", "6 months")
    chosen = told("deadline", "--kind", "article-77/ruling", "--from", "1404-11-14", "--starts", "objection")
    assert (chosen["last_day"], chosen["other_periods"]) == (None, [])


def test_a_kind_of_one_body_needs_no_body() -> None:
    assert told("deadline", "--kind", "ten-day-warning", "--from", "1404-11-14")["rule"].startswith("article-77/")
    unconfirmed = told("deadline", "--kind", "ten-day-warning", "--from", "1404-11-14")
    assert (unconfirmed["confirmed"], unconfirmed["rule_confirmed"]) == (False, False)


def test_a_last_day_is_confirmed_only_if_the_calendar_is_too() -> None:
    """Three months from 1405-08-03 end beside a feast that the moon may move: the rule alone is confirmed."""
    moon = told("deadline", "--kind", "ruling", "--body", "article-77", "--from", "1405-08-03")
    assert (moon["confirmed"], moon["rule_confirmed"]) == (False, True)
    days = told("deadline", "--days", "10", "--from", "1404-11-14")
    assert (days["period"], days["rule_confirmed"]) == ("10 days", None)
    unknown = told("deadline", "--kind", "article-100/ruling", "--from", "1404-11-14", "--abroad")
    assert (unknown["last_day"], unknown["period"]) == (None, "unknown")


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("legal.which-body", ("--kind", "ruling")),
        ("legal.kind", ("--kind", "summons")),
        ("legal.kind", ("--kind", "summons", "--body", "article-77")),
        ("legal.kind", ("--kind", "ruling", "--body", "article-78")),
        ("legal.starts", ("--kind", "ruling", "--body", "article-77", "--starts", "defence")),
        ("legal.period", ("--days", "0")),
        ("legal.period", ("--days", "3661")),
        ("legal.period", ("--days", "1" * 5000)),
        ("legal.period", ("--days", "ten")),
        ("legal.province", ("--days", "10", "--province", "paris")),
        ("legal.province", ("--kind", "48-hour-warning", "--province", "paris")),
        ("legal.range", ("--days", "3000")),
    ],
)
def test_a_wrong_question_is_refused(code: str, arguments: tuple[str, ...]) -> None:
    assert refused("deadline", "--from", "1404-11-14", *arguments) == code


def test_a_day_without_a_rule_is_refused() -> None:
    assert refused("deadline", "--from", "1402-11-14", "--kind", "article-77/ruling") == "legal.rule"
    for wrong in ("1250-01-01", "1404-13-01", "soon"):
        result = run("deadline", "--from", wrong, "--days", "10")
        assert (result.exit_code, "--from" in result.output) == (2, True)
    assert run("deadline", "--from", "1404-11-14").exit_code == 2
    assert run("deadline", "--from", "1404-11-14", "--days", "3", "--body", "article-77").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--days", "10"),
        ("--kind", "article-100/ruling"),
        ("--kind", "article-100/ruling", "--abroad"),
        ("--kind", "article-77/ruling", "--abroad", "--province", "tehran"),
        ("--kind", "article-55-20/first-warning"),
        ("--kind", "article-99/48-hour-warning"),
        ("--kind", "article-99/hearing-invitation"),
    ],
)
@pytest.mark.parametrize("since", ["1404-11-11", "1404-12-17", "1405-12-08"])
def test_each_step_is_a_sentence_in_both_languages(since: str, arguments: tuple[str, ...]) -> None:
    found = told("deadline", "--from", since, *arguments)
    for derived in (found, *found["other_periods"]):
        for words in (*derived["steps"], *derived["reservations"]):
            assert words["en"].endswith(".")
            assert words["fa"].endswith(".")
            assert not re.search("[۰-۹{}]", words["en"]), words
            assert not re.search("[0-9{}]", words["fa"]), words
            assert not set("يكة") & set(words["fa"])


def test_people_read_the_derivation_in_their_language() -> None:
    english = run("deadline", "--from", "1404-11-11", "--days", "10").output
    assert "Offices are closed on Wednesday 11 February 2026 (1404/11/22) (Islamic Revolution Day)" in english
    assert "last day: 1404-11-23" in english
    assert "“Thursday is a working day” is an entry of the calendar that counsel must confirm." in english
    persian = (
        CliRunner().invoke(app, ["--lang", "fa", "legal", "deadline", "--from", "1404-11-11", "--days", "10"]).output
    )
    assert "آخرین روز مهلت، پنجشنبه ۱۴۰۴/۱۱/۲۳ است." in persian
    assert "نیازمند تأیید مشاور حقوقی است." in persian


# Checks, and folders of an installation


def test_what_ships_passes_its_checks() -> None:
    rules, calendar = told("rules", "check"), told("calendar", "check")
    assert (rules["ok"], rules["mistakes"], len(rules["bodies"])) == (True, [], 6)
    assert "article-100/ruling/objection@1403-01-01" in rules["to_be_confirmed"]
    assert (calendar["ok"], calendar["first"], calendar["last"]) == (True, "1403-01-01", "1408-12-30")
    assert len(calendar["provinces_without_entries"]) == 31
    for arguments in (("rules", "check"), ("calendar", "check")):
        assert "must be confirmed by counsel" in run(*arguments).output


def test_mistakes_are_told_and_are_no_success(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text('[body]\ncode = "x"\n', encoding="utf-8")
    result = run("rules", "check", str(file))
    assert result.exit_code == 2
    assert "title" in result.output
    assert json.loads(run("rules", "check", str(file), "--json").output)["mistakes"][0]["code"] == "legal.key"
    blank = run("rules", "check", str(RULES / "templates" / "body.toml"))
    assert (blank.exit_code, "legal.blank" in blank.output) == (2, True)
    assert run("rules", "check", str(RULES / "article-77.toml")).exit_code == 0


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    shutil.copytree(RULES, tmp_path / "rules")
    shutil.copytree(CALENDAR, tmp_path / "calendar")
    config = tmp_path / "gateway.toml"
    text = (CONFIG / "demo.toml").read_text(encoding="utf-8")
    config.write_text(
        f'{text}\n[legal]\nrules = "rules"\ncalendar = "calendar"\nprovince = "tehran"\n', encoding="utf-8"
    )
    return config


def test_an_installation_has_its_own_folders_and_province(configured: Path) -> None:
    week = configured.parent / "calendar" / "week.toml"
    closed = '[[weekdays]]\nweekday = "thursday"\nworks = false\nfrom = "1404-01-01"\nprovince = "tehran"\nsource = "s"\nmark = "confirmed"\n'  # noqa: E501 - one entry
    before = told("deadline", "--from", "1404-11-11", "--days", "10", "-c", str(configured))
    week.write_text(week.read_text(encoding="utf-8") + closed, encoding="utf-8")
    after = told("deadline", "--from", "1404-11-11", "--days", "10")  # gateway.toml is in this folder
    assert (before["province"], before["last_day"], after["last_day"]) == ("tehran", "1404-11-23", "1404-11-25")
    assert before["calendar_version"] != after["calendar_version"]
    assert told("deadline", "--from", "1404-11-11", "--days", "10", "--province", "qom")["last_day"] == "1404-11-23"


def test_a_change_of_rules_or_calendar_is_a_change_of_the_configuration(configured: Path) -> None:
    def parts() -> dict[str, Any]:
        settings = load(configured, Settings)
        return dict(effective_configuration(settings, ConfigFolder(configured.parent)).parts)

    before = parts()
    for folder, part in (("rules", "legal rules"), ("calendar", "office calendar")):
        file = next((configured.parent / folder).glob("*.toml"))
        file.write_text(file.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
        now = parts()
        assert [name for name in now if now[name] != before[name]] == [part]
        before = now
    shutil.rmtree(configured.parent / "rules")
    assert parts()["legal rules"] != before["legal rules"]


def test_files_that_changed_since_they_were_recorded_are_not_used(configured: Path) -> None:
    installation = Installation.of(configured)
    assert installation.configuration.parts["legal rules"]  # as a service does when it begins
    file = configured.parent / "rules" / "article-77.toml"
    before = file.read_bytes()
    file.write_bytes(before + b"# changed\n")
    with pytest.raises(GatewayError, match=r"legal\.changed") as refused:
        configured_files(installation, Subject.RULES)
    assert refused.value.detail == "legal rules"
    assert configured_files(installation, Subject.CALENDAR)
    assert configured_files(Installation.of(configured), Subject.RULES), "the next process records and uses them"
    file.write_bytes(before)
    assert configured_files(installation, Subject.RULES)


def test_a_month_of_the_calendar_is_shown() -> None:
    found = told("calendar", "show", "--month", "۱۴۰۴-۱۱")
    assert [each["day"] for each in found["closed"] if each["reason"] == "holiday"] == ["1404-11-15", "1404-11-22"]
    assert [each["predicted"] for each in found["closed"] if each["reason"] == "holiday"] == [True, False]
    text = run("calendar", "show", "--month", "1404/12").output
    assert "predicted; to be confirmed by counsel" in text
    for wrong in ("1404-13", "1404", "2026-02"):
        assert run("calendar", "show", "--month", wrong).exit_code == 2
    assert refused("calendar", "show", "--month", "1409-01") == "legal.range"


# Seeding


@pytest.mark.parametrize("years", ["2026", "1409-1408", "1400-1499", "x", "1409-"])
def test_years_that_cannot_be_seeded_are_refused(years: str) -> None:
    assert refused("calendar", "seed", "--years", years) == "legal.seed"


needs_holidays = pytest.mark.skipif(
    importlib.util.find_spec("holidays") is None, reason="the package holidays is not installed"
)


@needs_holidays
def test_the_shipped_years_are_what_the_package_says(tmp_path: Path) -> None:
    result = run("calendar", "seed", "--years", "1403-1408", "--into", str(tmp_path))
    assert result.exit_code == 0, result.output
    version = re.compile(r"holidays \d[\d.]*")
    for file in tmp_path.glob("14*.toml"):
        shipped = (CALENDAR / file.name).read_text(encoding="utf-8")
        assert version.sub("", file.read_text(encoding="utf-8")) == version.sub("", shipped)
    assert refused("calendar", "seed", "--years", "1403", "--into", str(tmp_path)) == "legal.seed"
    assert run("calendar", "seed", "--years", "1403", "--into", str(tmp_path), "--replace").exit_code == 0
    assert run("calendar", "seed", "--years", "۱۴۰۹").output.count('day = "1409-') > 20


def test_without_the_package_the_verb_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "holidays", None)
    assert refused("calendar", "seed", "--years", "1409") == "legal.seed"
