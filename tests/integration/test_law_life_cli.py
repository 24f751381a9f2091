"""Rules and calendar by their verbs: imported, compared, approved by another person, in force; deadlines that move."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.check import check_legal
from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.composition.policies import receipt_policy
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.notice import sha256
from gateway.overview.notices.deadline import FROM_VIEWING
from gateway.record.evidence_record import EvidenceKind, Header, evidence_record
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes, Payload
from tests.conformance.builders import NOW, admit, entry
from tests.law_installation import CLOSED, act, approved, changed, law_installation


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    monkeypatch.chdir(tmp_path)
    with law_installation(tmp_path) as opened:
        yield opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["legal", *arguments, "-c", "gateway.toml"])


def told(*arguments: str, exit_code: int = 0) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exit_code == exit_code, (done.output, done.exception)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_calendar_goes_its_life_and_moves_exactly_its_deadlines(installation: Installation, tmp_path: Path) -> None:
    folder = changed(tmp_path / "calendar", "1404.toml", "closed = [", CLOSED)
    by_folder = told("compare", "--calendar", str(folder), exit_code=1)
    facts = told("calendar", "import", str(folder), "--reason", "بخشنامه ۱۲")
    assert (facts["version"], facts["state"]) == ("calendar@1", "CHECKED")
    by_version = told("compare", "--calendar", "calendar@1", exit_code=1)
    assert by_version["moved"] == by_folder["moved"]
    approved(installation, "calendar")
    decided = act(installation, "calendar.activate", version="calendar@1")
    assert decided["deadlines"] == {"notices": 1, "moved": by_version["moved"]}
    [moved] = by_version["moved"]
    assert (moved["before"], moved["after"]) == ("1404-11-25", "1404-11-26")
    assert told("compare", "--calendar", str(tmp_path / "calendar"), exit_code=1)["moved"][0]["after"] == "1404-11-25"
    [record] = [
        header
        for row in installation.store().evidence.of_notice(moved["reference"])
        if (header := Header.of(row.header)).kind is EvidenceKind.DEADLINES_MOVED
    ]
    listed = json.loads(installation.store().evidence.payload(record.payload_digest))
    assert listed["moved"] == by_version["moved"]
    assert listed["before"]["calendar_version"] == "file"
    assert "smog" in run("calendar", "show-version", "calendar").output
    assert "every-notice" in run("calendar", "list").output
    assert told("calendar", "list")["calendar"]["every-notice"]["in_force"]["version"] == "calendar@1"
    done = run("calendar", "export", "calendar", "-o", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out/1404.toml").read_bytes() == (folder / "1404.toml").read_bytes()
    with pytest.raises(GatewayError, match=r"no-earlier"):
        act(installation, "calendar.rollback", source=None, subject="calendar")
    with pytest.raises(GatewayError, match=r"mapping-life\.drift"):
        check_legal.calendar(installation)
    shutil.copy(folder / "1404.toml", tmp_path / "calendar")
    with closing(installation.again()) as again:
        assert check_legal.calendar(again).startswith("calendar@1: 1403-01-01")


def test_rules_that_come_into_force_move_nothing_that_has_arrived(installation: Installation, tmp_path: Path) -> None:
    folder = changed(tmp_path / "rules", "article-100.toml", 'period = "10 days"', 'period = "20 days"')
    assert len(told("compare", "--rules", str(folder), exit_code=1)["moved"]) == 1
    told("rules", "import", str(folder), "--reason", "بخشنامه ۱۲")
    approved(installation, "rules")
    assert "deadlines" not in act(installation, "rules.activate", version="rules")
    reference = entry(1).reference
    before = installation.laws().at(NOW).rules.version
    assert told("notice", reference)["rules_version"] == before
    assert installation.laws().at(None).rules.version != before
    named = receipt_policy(installation, installation.judiciary.profile).law_names()
    assert named(NOW)["rules_version"] == "file"
    now = named(installation.clock())
    assert (now["rules"], now["rules_version"], now["calendar_version"]) == ("rules", "1", "file")


def test_the_record_of_the_arrival_names_the_rules_although_a_viewing_was_stored_before(
    installation: Installation,
) -> None:
    for number, event in (("1", DeliveryEvent.CONTENT_HANDOVER), ("2", DeliveryEvent.CONTENT_CONSIGNMENT)):
        names = {"rules": "rules", "calendar": "calendar"} | dict.fromkeys(
            ("rules_version", "calendar_version"), number
        )
        payload = Payload(digest=sha256(number.encode()), octets=number.encode())
        record = evidence_record(
            id=f"receipt:R-{number}",
            kind=EvidenceKind.RECEIPT,
            notice=entry(1).reference,
            origin="judiciary",
            destination="city",
            event_time=NOW,
            recorded_at=NOW,
            payload_digest=payload.digest,
            context={"event": event.value, **names},
        )
        installation.store().commit(Changes(evidence=[record], payloads=[payload]))
        named = told("notice", entry(1).reference)["evidence_names"]
        assert (named["record"], named["rules_version"]) == (record.id, number)


def test_a_day_of_service_without_a_receipt_of_arrival_is_the_latest_possible_one(
    installation: Installation, tmp_path: Path
) -> None:
    viewed = entry(2, state=DeliveryState.VIEWED, viewed_at=NOW)
    admit(installation.store(), viewed)
    found = told("notice", viewed.reference)
    assert (found["served_on"], found["arrival_known"]) == ("1404-11-14", False)
    assert told("notice", entry(1).reference)["arrival_known"]
    first = run("notice", viewed.reference).stdout.splitlines()[0]
    assert first == "actual service: 1404-11-14 at the latest"
    folder = changed(tmp_path / "calendar", "1404.toml", "closed = [", CLOSED)
    compared = run("compare", "--calendar", str(folder)).stdout
    assert (compared.count("1404-11-14"), compared.count("1404-11-14 at the latest")) == (2, 1)


def test_wrong_files_stay_a_draft(installation: Installation, tmp_path: Path) -> None:
    folder = changed(tmp_path / "rules", "article-100.toml", 'period = "10 days"', 'period = "10 dyas"')
    facts = told("rules", "import", str(folder), "--reason", "بخشنامه ۱۲", exit_code=1)
    assert (facts["state"], facts["mistakes"]) == ("DRAFT", ["legal.key"])
    with pytest.raises(GatewayError, match=r"legal\.key"):
        act(installation, "rules.submit", version="rules")
    (folder / "article-100.toml").unlink()
    assert run("rules", "import", str(tmp_path / "nowhere"), "--reason", "بخشنامه ۱۲").exit_code != 0


def test_a_period_from_the_viewing_waits_until_the_day_of_the_viewing(
    installation: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "rules" / "article-100.toml"
    before, ruling, rest = file.read_text(encoding="utf-8").partition('kind = "ruling"')
    file.write_text(before + ruling + rest.replace('event = "service"', 'event = "viewing"', 1), encoding="utf-8")
    viewed = entry(2, state=DeliveryState.VIEWED, delivered_at=NOW, viewed_at=NOW + timedelta(days=9))
    admit(installation.store(), viewed)

    asked = ("notice", viewed.reference, "--on", "1404-11-16")
    found = told(*asked)
    assert (found["effect"], found["periods"]) == ("LEGAL", [])
    assert FROM_VIEWING.en in " ".join(run(*asked).stdout.split())

    asked = ("notice", viewed.reference, "--on", "1404-11-24")
    found = told(*asked)
    [period] = found["periods"]
    assert (found["effect"], period["last_day"]) == ("ACTUAL", "1404-12-04"), "ten days from 1404-11-23"
    assert FROM_VIEWING.en not in " ".join(run(*asked).stdout.split())
