"""The verbs `person`: the first security officer, everybody else, and what is never shown."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.check.check_people import people
from adapters.cli.main import app
from adapters.composition.console.sign_in import console_enrolments, console_key, console_sessions
from adapters.composition.installation import Installation
from adapters.shipped.resources import CONFIG
from gateway.record.evidence_record import Header
from gateway.runtime.errors import GatewayError
from tests.databases import make_store

PASSWORD = "کوه بلند دریای آرام"
REASON = ("--reason", "نامه ۱۲۳")
OFFICER = ("first", "zahra", "--name", "زهرا احمدی", *REASON)
SECRETARY = ("add", "mina", "--name", "مینا رضایی", "--role", "commission-secretary")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with a configuration that has a console, and an empty store."""
    text = (CONFIG / "demo.toml").read_text(encoding="utf-8")
    if "[console]" not in text:
        text += "\n[console]\n"
    (tmp_path / "gateway.toml").write_text(text, encoding="utf-8")
    make_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    return tmp_path


def run(folder: Path, *arguments: str, error: str | None = None) -> Result:
    result = CliRunner().invoke(app, ["person", *arguments, "--config", str(folder / "gateway.toml")])
    if error is None:
        assert result.exit_code == 0, (result.output, result.exception)
    else:
        assert isinstance(result.exception, GatewayError), result.output
        assert result.exception.code == error
    return result


def told(folder: Path, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(folder, *arguments, "--json").stdout)
    return found


def test_the_first_person_invites_others_and_each_signs_in(installed: Path) -> None:
    shown = run(installed, *OFFICER).stdout
    code = shown.partition("shown only now: ")[2].split()[0]
    run(installed, "first", "omid", "--name", "امید", *REASON, error="people.not-first")
    run(installed, *SECRETARY, "--body", "article-100", *REASON)
    installation = Installation.of(installed / "gateway.toml")
    try:
        sessions = console_sessions(installation)
        enrolments, now = console_enrolments(installation, sessions), installation.clock()
        secret = enrolments.offer("zahra", code, "127.0.0.1", now).secret
        shows = pyotp.TOTP(secret)
        begun = enrolments.enrol("zahra", code, PASSWORD, shows.at(now), "127.0.0.1", now)
        found = sessions.find(begun.token, now)
        assert found
        assert found.person.login == "zahra"
        later = now + timedelta(minutes=1)
        assert sessions.begin("zahra", PASSWORD, shows.at(later), "127.0.0.1", later)
        listed = told(installed, "list")["people"]
        assert [(each["login"], each["enrolled"], each["roles"]) for each in listed] == [
            ("mina", False, ["commission-secretary"]),
            ("zahra", True, ["security-officer"]),
        ]
        run(installed, "add", "reza", "--name", "رضا", "--role", "security-officer", *REASON)
        run(installed, "deactivate", "zahra", *REASON)
        assert sessions.find(begun.token, later) is None
        installation.store().log.place(100)
        headers = [leaf.header for leaf in installation.store().log.leaves(0, 100)]
    finally:
        installation.close()
    acts = [Header.of(each).context["act"] for each in headers if Header.of(each).kind == "PERSON_ACT"]
    assert acts == ["person.first", "person.add", "person.enrol", "person.add", "person.deactivate"]
    assert not [each for each in headers if "zahra" in each.decode() or "نامه" in each.decode()]


def test_roles_bodies_and_accounts_are_given_and_taken(installed: Path) -> None:
    run(installed, *SECRETARY, *REASON, error="people.bodies")
    run(installed, *SECRETARY, "--body", "article-1", *REASON, error="people.bodies")
    run(installed, *SECRETARY, "--body", "article-100", *REASON)
    run(installed, *SECRETARY, "--body", "article-100", *REASON, error="people.taken")
    given = told(installed, "bodies", "mina", "--body", "article-77", "--body", "article-55-20", *REASON)
    assert given["person"]["bodies"] == ["article-55-20", "article-77"]
    both = ("--role", "commission-secretary", "--role", "approver")
    assert told(installed, "roles", "mina", *both, *REASON)["person"]["bodies"] == ["article-55-20", "article-77"]
    assert told(installed, "roles", "mina", "--role", "auditor", *REASON)["person"]["bodies"] == []
    run(installed, "roles", "mina", "--role", "auditor", "--role", "operator", *REASON, error="people.roles")
    assert told(installed, "link", "mina", "--account", "mina.r", *REASON)["changed"]
    assert "already; nothing was recorded" in run(installed, "link", "mina", "--account", "mina.r", *REASON).stdout
    assert told(installed, "list")["people"][0]["accounts"] == ["mina.r"]
    assert told(installed, "link", "mina", "--account", "mina.r", "--remove", *REASON)["changed"]
    run(installed, "recover", "nobody", *REASON, error="people.unknown")
    first = told(installed, "recover", "mina", *REASON)["one_time_code"]
    assert told(installed, "recover", "mina", *REASON)["one_time_code"] != first
    run(installed, "deactivate", "mina", *REASON)
    run(installed, "recover", "mina", *REASON, error="people.inactive")
    assert told(installed, "activate", "mina", *REASON)["person"]["active"]


def test_people_are_listed_for_a_person(installed: Path) -> None:
    assert "person first" in run(installed, "list").stdout
    run(installed, *OFFICER)
    listed = " ".join(run(installed, "list").stdout.split())
    assert "Security officer" in listed
    assert "invited until" in listed


def test_without_a_console_nobody_is_invited(installed: Path) -> None:
    file = installed / "gateway.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"^\[console\][^\[]*", "", text, flags=re.MULTILINE), encoding="utf-8")
    run(installed, *OFFICER, error="people.no-console")


def test_check_sees_who_manages_people_and_a_key_that_is_lost(installed: Path) -> None:
    installation = Installation.of(installed / "gateway.toml")
    try:
        assert people(installation).startswith("nobody manages people")
        key = console_key(installation).path
        assert not key.exists(), "looking makes no key"
        run(installed, *OFFICER)
        assert people(installation).startswith("1 active people, 1 of them")
        kept = key.read_text(encoding="ascii")
        key.unlink()
        for wrong in (None, "1" * 64):
            if wrong is not None:
                key.write_text(wrong, encoding="ascii")
            with pytest.raises(GatewayError) as refusal:
                people(installation)
            assert (refusal.value.code, refusal.value.where) == ("people.key", str(key))
        key.write_text(kept, encoding="ascii")
        assert "the key opens every second factor" in people(installation)
    finally:
        installation.close()


def test_a_bad_login_or_name_is_refused(installed: Path) -> None:
    run(installed, "first", "زهرا", "--name", "زهرا", *REASON, error="people.login")
    run(installed, "first", "zahra", "--name", " ", *REASON, error="people.name")
