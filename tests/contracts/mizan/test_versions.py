"""The profile in force changes while notices are under way: every message is made, and its answer read, by one version.

The versions leave traces in what they say (`About`) and in what they read (the code of a rejection).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from lxml import etree
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.composition.passes import while_in_force
from adapters.composition.tasks import tasks
from adapters.settings import read_folder
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.record.version_subject import Subject
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.sending import message_series
from gateway.versions import version_actions
from gateway.versions.bundle import bundled

from .__main__ import installed
from .server import Mizan

pytestmark = [pytest.mark.slow, pytest.mark.long]

ANSWERED = DeliveryState.REJECTED, DeliveryState.NO_ACCOUNT
SENT, RECEIVED, RECEIPT = EvidenceKind.MESSAGE_SENT, EvidenceKind.MESSAGE_RECEIVED, EvidenceKind.RECEIPT


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Mizan]]:
    """The folder of `installed`, whose cases are collected; whoever acts is the account ``root``."""
    monkeypatch.setattr(os, "getuid", lambda: 0)
    with installed(tmp_path / "D") as (_, mizan):
        run_pass(tmp_path / "D", "collect")
        yield tmp_path / "D", mizan


@contextmanager
def opened(folder: Path) -> Iterator[SqlStore]:
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        yield installation.store()


def run_pass(folder: Path, kind: str) -> PassReport:
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        [task] = [task for task in tasks(installation, [kind]) if task.kind == kind]
        return task.run(lambda: True)


def profile(folder: Path, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    asked = ["profile", *arguments, "--json", "--config", str(folder / "gateway.toml")]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == exit_code, (result.output, result.exception)
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1]) if result.stdout else {}
    return found


def edition(folder: Path, mark: str, *changes: tuple[str, str, str]) -> Path:
    """The profile of the folder with a mark before each `About`; and with further changes: file, old, new."""
    made = folder / mark / "mizan"
    shutil.copytree(folder / "profiles" / "mizan", made)
    about = (
        'from = "notices[0].subject"\n',
        f'from = "notices[0].subject"\ndo = [{{ name = "prefix", text = "{mark}:" }}]\n',
    )
    for name, old, new in (("submit.toml", *about), *changes):
        text = (made / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, (name, old)
        (made / name).write_text(text.replace(old, new), encoding="utf-8")
    return made


def rejecting(mark: str) -> tuple[tuple[str, str, str], ...]:
    """Changes by which whatever is accepted is read as rejected, with the mark as its code."""
    code = 'from = "Reason.No"\ndo = ["number"]\n'
    return ("outcome.toml", '10 = "ACCEPTED"', '10 = "REJECTED"'), ("outcome.toml", code, f'value = "read-by-{mark}"\n')


def act(name: str, account: str = "maryam") -> OperatorAction:
    return OperatorAction(name=name, account=account, reason="آزمون", at=system_clock())


def activate(folder: Path, edited: Path) -> str:
    """Do what three persons' commands do, with a store of their own; return the version."""
    with opened(folder) as store:
        octets, subject = bundled(read_folder(edited)), Subject.PROFILE
        version = version_actions.import_version(
            store, octets, "mizan", "bound", act("profile.import"), "city", subject
        ).version
        version = version_actions.submit(store, version, "bound", act("profile.submit"), "city").version
        version = version_actions.approve(store, version, act("profile.approve", "reza"), "city").version
        action = act("profile.activate")
        version_actions.activate(store, version, ["mizan"], action.at, action, "city")
        return version.label


def headers(store: SqlStore, reference: str, kind: EvidenceKind) -> list[Header]:
    found = [Header.of(row.header) for row in store.evidence.of_notice(reference)]
    return [header for header in found if header.kind is kind]


def about_of(wire: bytes) -> str:
    [about] = etree.fromstring(wire).iter("{urn:mizan:letters:3}About")
    return str(about.text).partition(":")[0]


def test_a_profile_that_changes_under_way_mixes_in_no_message(
    place: tuple[Path, Mizan], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_series, "MOST", 1)  # so that few letters are on their way at a time
    monkeypatch.setattr(while_in_force, "ASKED_EVERY", 0.0)  # so that the pass has not ended before it asks
    folder, mizan = place
    one, two = (edition(folder, mark, *rejecting(mark)) for mark in ("one", "two"))
    assert activate(folder, one) == "mizan@1"
    middle, came, answer = 5, [0], mizan.answer

    def interrupted(octets: bytes) -> tuple[int, bytes]:
        came[0] += b"RegisterLetter>" in octets
        if came[0] == middle:
            activate(folder, two)  # while the letter is on its way, and before its answer comes
        return answer(octets)

    mizan.answer = interrupted  # type: ignore[method-assign]
    report = run_pass(folder, "dispatch")
    assert report.errors == []
    with opened(folder) as store:
        digests = {str(each.number): each.digest for each in store.versions.find("mizan")}
        made = []
        answered = [each for state in ANSWERED for each in store.notices.find(state=state, limit=100, after=None)]
        for admission in answered:
            entry = admission.entry
            [sent], [received] = headers(store, entry.reference, SENT), headers(store, entry.reference, RECEIVED)
            version = sent.context["profile_version"]
            mark = {"1": "one", "2": "two"}[version]
            for header in (sent, received):
                assert header.context["profile"] == "mizan"
                assert (header.context["profile_version"], header.context["profile_digest"]) == (
                    version,
                    digests[version],
                )
            assert about_of(store.evidence.payload(sent.payload_digest)) == mark
            if entry.state is DeliveryState.REJECTED:
                assert entry.code == f"read-by-{mark}"
            made.append((sent.event_time, version))
    versions = [version for _, version in sorted(made)]
    assert len(versions) == report.counts["sent"] > middle
    assert report.counts["rejected"] > 1
    # Letters that were on their way keep their version; none begins by it after that.
    by_one = versions.count("1")
    assert middle <= by_one < len(versions)
    assert versions == ["1"] * by_one + ["2"] * (len(versions) - by_one)


FOUR: tuple[tuple[str, str, str], ...] = (
    ("profile.toml", 'root = "{urn:mizan:slip:3}Slip"', 'root = "{urn:mizan:slip:4}Slip"'),
    ("slip.xsd", 'targetNamespace="urn:mizan:slip:3"', 'targetNamespace="urn:mizan:slip:4"'),
)
"""Changes by which another format of receipts is read."""


def test_what_is_under_way_is_asked_about_by_the_new_and_its_receipts_read_by_the_old(
    place: tuple[Path, Mizan],
) -> None:
    folder, mizan = place
    activate(folder, edition(folder, "one"))
    left = [2]

    def lost(status: int, answer: bytes) -> tuple[int, bytes]:
        left[0] -= b"RegisterLetterResult" in answer
        return (status, answer) if left[0] < 0 or b"RegisterLetterResult" not in answer else (200, b"")

    mizan.spoil = lost
    assert run_pass(folder, "dispatch").counts["unknown"] == 2
    activate(folder, edition(folder, "two", *FOUR))
    assert run_pass(folder, "rescue").counts["accepted"] > 0
    received = run_pass(folder, "receipts")
    assert (received.counts["received"], received.counts["quarantined"]) == (len(mizan.slips), 0)
    assert len(mizan.kept) == len(mizan.slips) > 0
    with opened(folder) as store:
        found = set()
        for admission in store.notices.find(state=DeliveryState.VIEWED, limit=100, after=None):
            by = {kind: headers(store, admission.entry.reference, kind) for kind in (SENT, RECEIPT)}
            found.add(tuple(header.context["profile_version"] for kind in by for header in by[kind]))
    assert found == {("1", "1", "1"), ("1", "2", "1", "1")}, "sent by one, asked about by two, receipts read by one"

    # Whoever retires a version says that nothing of its form comes any more.
    assert profile(folder, "retire", "mizan@1", "--reason", "دیگر نمی‌آید")["state"] == "RETIRED"
    reference, [letter, *_] = next((r, each) for r, each in mizan.letters.items() if each[-1]["Outcome"] == "10")
    mizan._issue(reference, letter, "1")
    assert run_pass(folder, "receipts").counts["quarantined"] == 1


FIVE = tuple((name, old, new.replace("slip:4", "slip:5")) for name, old, new in FOUR)


@pytest.mark.parametrize("retired", [False, True])
def test_a_damaged_version_of_before_keeps_no_receipt_from_an_older_one(
    place: tuple[Path, Mizan], retired: bool
) -> None:
    folder, mizan = place
    activate(folder, edition(folder, "one"))
    assert run_pass(folder, "dispatch").counts["accepted"] > 0
    activate(folder, edition(folder, "two", *FOUR))
    activate(folder, edition(folder, "three", *FIVE))
    if retired:
        profile(folder, "retire", "mizan@2", "--reason", "دیگر نمی‌آید")
    with opened(folder) as store:
        spoilt = sa.text("UPDATE mapping_version SET octets = :octets WHERE number = 2")
        store._database.write(lambda c: c.execute(spoilt, {"octets": b"other"}))
    received = run_pass(folder, "receipts")
    assert (received.counts["received"], received.counts["quarantined"]) == (len(mizan.slips), 0)
    assert len(mizan.slips) > 0


def test_from_a_folder_to_a_version_and_back(place: tuple[Path, Mizan], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _ = place

    def check() -> dict[str, Any]:
        result = CliRunner().invoke(app, ["check", "--json", "-c", str(folder / "gateway.toml")])
        reported: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])["judiciary's profile"]
        return reported

    assert profile(folder, "list")["judiciary"]["mizan"]["file"] == "./profiles/mizan"
    assert "mizan@file" in check()["found"]
    for mark in ("one", "two"):
        done = profile(folder, "import", str(edition(folder, mark)), "--reason", "تازه")
        assert (done["state"], done["mistakes"]) == ("CHECKED", [])
        profile(folder, "submit", "mizan", "--reason", "آماده")
        result = CliRunner().invoke(
            app, ["profile", "approve", "mizan", "--reason", "x", "-c", str(folder / "gateway.toml")]
        )
        assert getattr(result.exception, "code", None) == "mapping-life.same-person"
        with monkeypatch.context() as other:
            other.setattr(os, "getuid", lambda: 1)
            profile(folder, "approve", "mizan", "--reason", "بررسی شد")
        profile(folder, "activate", "mizan", "--reason", "از امروز")
    assert profile(folder, "list")["judiciary"]["mizan"]["in_force"]["version"] == "mizan@2"
    assert check()["code"] == "mapping-life.drift"
    [back] = profile(folder, "rollback", "--reason", "پاسخ‌ها خوانده نشد")["activated"]
    assert (back["version"], back["restores"]) == ("mizan@1", 1)
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        spoken = installation.judiciary.profile
        assert (spoken.version, spoken.folder.name) == ("1", back["digest"].removeprefix("sha256:"))
    shutil.rmtree(folder / "profiles" / "mizan")
    profile(folder, "export", "mizan@1", "--out", str(folder / "profiles" / "mizan"))
    assert check()["ok"]
    assert [each["account"] for each in profile(folder, "history", "mizan@1")["steps"]][-3:] == [
        "daemon",
        "root",
        "root",
    ]
    profile(folder, "export", "mizan@2", "--out", str(folder / "mizan@2.zip"))
    assert profile(folder, "import", str(folder / "mizan@2.zip"), "--reason", "همان")["changed"] is False
    for verb in (["list"], ["history", "mizan"], ["show", "mizan@2"]):
        shown = CliRunner().invoke(app, ["profile", *verb, "-c", str(folder / "gateway.toml")])
        assert "mizan@2" in shown.stdout
    assert "lost.batches" in shown.stdout, "who approves it sees what is lost"


def test_what_does_not_bind_its_contract_stays_a_draft(place: tuple[Path, Mizan]) -> None:
    folder, _ = place
    wrong = edition(folder, "one", ("submit.toml", 'target = "Head.LetterNo"', 'target = "Head.LetterNumber"'))
    done = profile(folder, "import", str(wrong), "--reason", "x", exit_code=1)
    assert (done["state"], done["mistakes"]) == ("DRAFT", ["mapping.target-unknown"])


TOKEN = ("profile.toml", "[limits]", "[security]\nusername_token = true\n\n[limits]")
"""A change by which a user name is wanted."""


def test_what_another_version_wants_of_the_configuration_may_stand_there_before_it(place: tuple[Path, Mizan]) -> None:
    folder, mizan = place
    activate(folder, edition(folder, "one"))
    wanting = edition(folder, "two", TOKEN)
    done = profile(folder, "import", str(wanting), "--reason", "x", exit_code=1)
    assert (done["state"], done["mistakes"]) == ("DRAFT", ["profile.credentials-missing"])
    config = folder / "gateway.toml"
    user = '[judiciary.username_token]\nusername = "city"\npassword_file = "word"\n\n'
    config.write_text(user + config.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "word").write_text("a password of some length\n", encoding="utf-8")
    (folder / "word").chmod(0o600)
    assert run_pass(folder, "dispatch").errors == []
    assert mizan.letters, "the version in force does not want it, and is not shown it"
    assert profile(folder, "submit", "mizan", "--reason", "x")["state"] == "SUBMITTED"


def test_a_contract_that_the_configuration_names_cannot_stand_beside_a_version(place: tuple[Path, Mizan]) -> None:
    folder, _ = place
    activate(folder, edition(folder, "one"))
    config = folder / "gateway.toml"
    text = config.read_text(encoding="utf-8").replace('destination = "mizan"', 'destination = "mizan"\nwsdl = "x.wsdl"')
    config.write_text(text, encoding="utf-8")
    with pytest.raises(GatewayError, match=r"wsdl: the contract of mizan@1 is in the profile"):
        run_pass(folder, "dispatch")


@pytest.mark.parametrize("spoil", [lambda folder: (folder / "submit.toml").write_text("#"), shutil.rmtree])
def test_the_unpacked_copy_is_made_whole_and_the_folder_of_the_import_is_nothing_to_it(
    place: tuple[Path, Mizan], spoil: Callable[[Path], object]
) -> None:
    folder, _ = place
    edited = edition(folder, "one")
    activate(folder, edited)
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        copy = installation.judiciary.profile.folder
    spoil(copy)
    shutil.rmtree(edited)
    assert run_pass(folder, "dispatch").errors == []
    with opened(folder) as store:
        assert bundled(read_folder(copy)) == store.versions.find("mizan")[0].octets


def test_octets_that_are_not_those_of_the_digest_speak_to_nobody(place: tuple[Path, Mizan]) -> None:
    folder, mizan = place
    activate(folder, edition(folder, "one"))
    with opened(folder) as store:
        other = bundled(read_folder(edition(folder, "two")))
        store._database.write(lambda c: c.exec_driver_sql("UPDATE mapping_version SET octets = ?", (other,)))
    with pytest.raises(GatewayError, match=r"\[mapping-life\.damaged\]"):
        run_pass(folder, "dispatch")
    assert mizan.letters == {}
