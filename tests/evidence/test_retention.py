"""Evidence files of what left the database, and of what was deleted by a rule of retention."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.archive.segment_records import SegmentReader
from adapters.archive.verified_zips import VerifiedZips
from adapters.evidence.verify_page import commands_of
from adapters.storage.sql_store import SqlStore
from adapters.verifier.evidence.evidence_page import report_page
from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.audit.evidence_answer import answers, is_beside
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.evidence_file import SIGNATURES, dump
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import Rule
from gateway.retention.offload import OffloadPolicy, offload_records
from gateway.retention.purge import purge
from gateway.runtime.pass_report import PassReport
from gateway.runtime.verdict import Verdict
from gateway.store.stored import Changes
from gateway.versions.bundle import bundled
from tests.archive.recorder import AT_ONCE, plain, reference
from tests.archive.test_archiving import change as change_database
from tests.archive.test_offload import rows
from tests.databases import sqlite_file
from tests.stranger import needs_xmlsec1

from .authorities import Authorities
from .forge import contents, forge
from .notice_recorder import CALENDAR, MAPPING, PROFILE, RULES, SPOKEN, NoticeRecorder
from .test_strangers import Stranger

MONTH = timedelta(days=30)


@pytest.fixture
def recorder(pki: Path, tmp_path: Path) -> Iterator[NoticeRecorder]:
    """A recorder whose story is over, and archived in segments."""
    folder = tmp_path / "archive"
    archived = SegmentReader(folder)
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url, archived=archived)) as store:
        recorder = NoticeRecorder(pki, store, folder, now=datetime.now(UTC))
        recorder.live()
        yield recorder


def verified(recorder: NoticeRecorder) -> VerifiedZips:
    return VerifiedZips(recorder.folder, recorder.notes.verifier, recorder.store.retention)


def delete(recorder: NoticeRecorder, *kinds: EvidenceKind) -> None:
    """Let payloads of these kinds go, a month later."""

    def archive() -> PassReport:
        recorder.now += timedelta(seconds=1)
        recorder.archive(AT_ONCE)
        return PassReport("archive")

    recorder.now += MONTH
    rule = Rule(name="papers", kinds=frozenset(kinds), life=MONTH)
    report = purge(
        recorder.store, recorder.store.retention, verified(recorder), archive, [rule], recorder.clock, "town"
    )
    assert report.counts["deleted"]
    assert not report.errors


def test_a_file_is_the_same_after_its_records_left_the_database(recorder: NoticeRecorder, tmp_path: Path) -> None:
    now, files = recorder.now, [tmp_path / "before.asice", tmp_path / "after.asice"]
    recorder.export(files[0], 4)
    policy = OffloadPolicy(after=MONTH, batch=5)
    report = offload_records(recorder.store.retention, verified(recorder), now + MONTH, policy)
    assert not report.errors
    assert rows(recorder, "SELECT count(*) FROM payload") == 0
    assert rows(recorder, "SELECT sum(length(header)) FROM evidence") == 0
    recorder.now = now
    recorder.export(files[1], 4)
    before, after = (contents(file) for file in files)
    assert list(before) == list(after)
    assert len([name for name in after if name.startswith("messages/")]) == 2
    assert [name for name in before if before[name] != after[name]] == [SIGNATURES]


def test_a_deleted_text_is_told_with_its_rule_and_day(recorder: NoticeRecorder, tmp_path: Path) -> None:
    delete(recorder, EvidenceKind.SEALED_NOTICE)
    path, day = tmp_path / "four.asice", f"{recorder.now - timedelta(seconds=1):%Y-%m-%d}"
    recorder.export(path, 4)
    found = contents(path)
    gone = [each for each in json.loads(found["evidence.json"])["records"] if each["withheld"] == "DELETED"]
    assert [(each["rule"], each["deleted_at"][:10]) for each in gone] == [("papers", day)] * 2, (
        "the message's seal, too"
    )
    for language in ("fa", "en"):
        page = found[f"timeline.{language}.html"].decode()
        assert page.count("papers") >= 2
    audit = verify_file(path, recorder.trust)
    assert audit.verdict is Verdict.INDETERMINATE, audit.findings
    reasons = [each.reason for each in audit.findings if each.check is EvidenceCheck.PAYLOADS]
    assert reasons == [f"deleted under rule papers on {day}, says the archive"] * 2
    assert audit.verdicts[EvidenceCheck.SEAL] is Verdict.INDETERMINATE
    assert audit.verdicts[EvidenceCheck.RECEIPTS] is Verdict.PASSED, "the seal's digest is in its record"
    assert audit.verdicts[EvidenceCheck.TIMELINE] is Verdict.PASSED
    report = report_page(audit, []).decode()
    assert "طبق قاعده" in report
    assert "papers" in report


@pytest.mark.parametrize(
    ("kind", "doubts"),
    [
        (EvidenceKind.MESSAGE_RECEIVED, ()),
        (EvidenceKind.SEALED_NOTICE, (EvidenceCheck.PAYLOADS, EvidenceCheck.SEAL)),
        (EvidenceKind.RECEIPT, (EvidenceCheck.PAYLOADS, EvidenceCheck.RECEIPTS)),
    ],
)
def test_a_message_that_was_deleted_leaves_the_answer_and_a_notice_or_receipt_does_not(
    recorder: NoticeRecorder, known: Authorities, tmp_path: Path, kind: EvidenceKind, doubts: tuple[EvidenceCheck, ...]
) -> None:
    now = recorder.now
    delete(recorder, kind)
    recorder.now, path, lists = now + timedelta(seconds=1), tmp_path / "four.asice", known.lists(now)
    recorder.export(path, 4, lists=lists, lists_for=lambda _chain, _at: lists)
    audit = verify_file(path, recorder.trust)
    assert audit.verdicts[EvidenceCheck.PAYLOADS] is Verdict.INDETERMINATE, audit.findings
    assert is_beside(audit, EvidenceCheck.PAYLOADS) is (not doubts)
    [answer] = answers(audit)
    assert (answer.doubts, answer.verdict is Verdict.PASSED) == (doubts, not doubts), audit.findings


def test_receipts_that_were_deleted_leave_the_notice(recorder: NoticeRecorder, tmp_path: Path) -> None:
    delete(recorder, EvidenceKind.RECEIPT)
    recorder.export(tmp_path / "one.asice", 1)
    verdicts = verify_file(tmp_path / "one.asice", recorder.trust).verdicts
    assert verdicts[EvidenceCheck.SEAL] is Verdict.PASSED
    assert verdicts[EvidenceCheck.RECEIPTS] is Verdict.INDETERMINATE
    assert Verdict.FAILED not in verdicts.values()


@needs_xmlsec1
def test_a_stranger_compares_receipts_with_the_record_of_a_deleted_seal(
    recorder: NoticeRecorder, tmp_path: Path
) -> None:
    delete(recorder, EvidenceKind.SEALED_NOTICE)
    path = tmp_path / "one.asice"
    recorder.export(path, 1)
    steps = commands_of(contents(path)["VERIFY.en.txt"])
    stranger = Stranger(recorder, path, tmp_path / "unpacked")
    assert stranger.run(steps) == 0
    receipts = [step for step in steps if "RECEIPT=" in step]
    assert len(receipts) == 2
    other = '\nsed -i \'s/"payload_digest":"sha256:./"payload_digest":"sha256:x/\' records/*.json\n'
    assert stranger.run([steps[0], receipts[0]], change=other) == 2


def test_a_mapping_that_is_another_than_the_seal_s_record_names_is_found(
    recorder: NoticeRecorder, tmp_path: Path
) -> None:
    path = tmp_path / "one.asice"
    recorder.export(path, 1)
    [name] = [name for name, octets in contents(path).items() if octets == MAPPING]

    def other(found: dict[str, bytes]) -> None:
        found[name] = MAPPING + b"# and another line\n"

    forge(path, recorder, other)
    audit = verify_file(path, recorder.trust)
    assert [(each.check, each.subject) for each in audit.findings if each.verdict is Verdict.FAILED] == [
        (EvidenceCheck.PAYLOADS, name)
    ]


def test_a_mapping_that_no_notice_names_is_found(recorder: NoticeRecorder, tmp_path: Path) -> None:
    path, name = tmp_path / "one.asice", f"mappings/{'0' * 64}.toml"
    recorder.export(path, 1)
    forge(path, recorder, lambda found: found.update({name: b"# of another notice\n"}))
    failed = [each for each in verify_file(path, recorder.trust).findings if each.verdict is Verdict.FAILED]
    assert [(each.check, each.subject) for each in failed] == [(EvidenceCheck.RECORDS, name)]


def test_the_profile_that_sent_it_is_in_the_file_and_in_the_timeline(recorder: NoticeRecorder, tmp_path: Path) -> None:
    path = tmp_path / "one.asice"
    recorder.export(path, 1)
    found = contents(path)
    assert found[f"profiles/{SPOKEN.digest.removeprefix('sha256:')}.zip"] == PROFILE
    reported = json.loads(found["timeline.json"])["notices"][0]["elements"]
    sent = {each["detail"] for each in reported if each["record"] and each["record"].startswith("sent:")}
    assert "SubmitNotices (sana@2)" in sent


def name_of(folder: str, octets: bytes) -> str:
    return f"{folder}/{sha256(octets).removeprefix('sha256:')}.zip"


def test_rules_and_calendar_of_a_receipt_are_in_the_file_if_persons_put_them_in_force(
    recorder: NoticeRecorder, tmp_path: Path
) -> None:
    path, names = tmp_path / "one.asice", {name_of("rules", RULES), name_of("calendars", CALENDAR)}
    recorder.export(path, 1)
    assert not names & contents(path).keys(), "folders of the configuration are named by their digests alone"
    for kind, octets in ((EvidenceKind.RULES_ACTIVATED, RULES), (EvidenceKind.CALENDAR_ACTIVATED, CALENDAR)):
        record = recorder.header(kind.value, kind, sha256(octets), None)
        recorder.keep(Changes(evidence=[record], payloads=[plain(octets)]))
    path.unlink()
    recorder.export(path, 1)
    assert names <= contents(path).keys()
    assert Verdict.FAILED not in {each.verdict for each in verify_file(path, recorder.trust).findings}


@pytest.mark.parametrize(("folder", "octets"), [("profiles", PROFILE), ("rules", RULES), ("calendars", CALENDAR)])
def test_a_bundle_that_is_another_than_a_record_names_is_found(
    recorder: NoticeRecorder, tmp_path: Path, folder: str, octets: bytes
) -> None:
    path, name = tmp_path / "one.asice", name_of(folder, octets)
    recorder.export(path, 1)
    forge(path, recorder, lambda found: found.update({name: bundled({"profile.toml": b"format = 2"})}))
    failed = [each for each in verify_file(path, recorder.trust).findings if each.verdict is Verdict.FAILED]
    assert [(each.check, each.subject) for each in failed] == [(EvidenceCheck.PAYLOADS, name)]


@pytest.mark.parametrize("folder", ["profiles", "rules", "calendars"])
def test_a_bundle_that_no_record_names_is_found(recorder: NoticeRecorder, tmp_path: Path, folder: str) -> None:
    path, name = tmp_path / "one.asice", f"{folder}/{'0' * 64}.zip"
    recorder.export(path, 1)
    forge(path, recorder, lambda found: found.update({name: PROFILE}))
    failed = [each for each in verify_file(path, recorder.trust).findings if each.verdict is Verdict.FAILED]
    assert [(each.check, each.subject) for each in failed] == [(EvidenceCheck.RECORDS, name)]


def test_whose_text_is_there_cannot_be_called_deleted_without_a_rule(recorder: NoticeRecorder, tmp_path: Path) -> None:
    path = tmp_path / "one.asice"
    recorder.export(path, 1)
    seal = f"notices/{reference(1)}/notice.xml"

    def hide(found: dict[str, bytes]) -> None:
        del found[seal]
        index = found["evidence.json"].replace(f'"file": "{seal}"'.encode(), b'"file": null', 1)
        found["evidence.json"] = index.replace(b'"withheld": null', b'"withheld": "DELETED"', 1)

    forge(path, recorder, hide)
    assert verify_file(path, recorder.trust).verdicts[EvidenceCheck.CONTAINER] is Verdict.FAILED


def test_a_damaged_message_is_told_and_leaves_file_and_answer(
    recorder: NoticeRecorder, known: Authorities, tmp_path: Path
) -> None:
    digest = next(
        each.payload_digest for each in recorder.store.evidence.of_notice(reference(4)) if "answer:" in each.id
    )
    change_database(recorder, f"UPDATE payload SET octets = X'6368616e676564' WHERE digest = '{digest}'")
    path, lists = tmp_path / "four.asice", known.lists(recorder.now)
    recorder.export(path, 4, lists=lists, lists_for=lambda _chain, _at: lists)
    found = contents(path)
    assert [each["withheld"] for each in json.loads(found["evidence.json"])["records"]].count("DAMAGED") == 1
    assert "damaged in the gateway&#39;s store" in found["timeline.en.html"].decode()
    assert "محتوای ذخیره‌شده آن آسیب دیده است" in found["timeline.fa.html"].decode()
    audit = verify_file(path, recorder.trust)
    assert [each.reason for each in audit.findings if each.check is EvidenceCheck.PAYLOADS] == [
        "its message was damaged in the gateway's store, says the gateway"
    ]
    assert "آسیب دیده است، به گفته درگاه" in report_page(audit, []).decode()
    [answer] = answers(audit)
    assert answer.verdict is Verdict.PASSED, audit.findings


def test_a_notice_cannot_be_called_damaged(recorder: NoticeRecorder, tmp_path: Path) -> None:
    path, seal = tmp_path / "one.asice", f"notices/{reference(1)}/notice.xml"
    recorder.export(path, 1)

    def hide(found: dict[str, bytes]) -> None:
        del found[seal]
        index = json.loads(found["evidence.json"])
        [record] = [each for each in index["records"] if each["file"] == seal]
        record.update(file=None, withheld="DAMAGED")
        found["evidence.json"] = dump(index)

    forge(path, recorder, hide)
    assert verify_file(path, recorder.trust).verdicts[EvidenceCheck.RECORDS] is Verdict.FAILED


@pytest.mark.parametrize("kind", [EvidenceKind.COURTESY_MESSAGE, EvidenceKind.COURTESY_OUTCOME])
def test_a_deleted_courtesy_message_leaves_the_answer(
    recorder: NoticeRecorder, known: Authorities, tmp_path: Path, kind: EvidenceKind
) -> None:
    payload = plain(b'{"v":1}')
    recorder.keep(
        Changes(evidence=[recorder.header("courtesy:4", kind, payload.digest, reference(4))], payloads=[payload])
    )
    recorder.archive(AT_ONCE)
    now = recorder.now
    delete(recorder, kind)
    recorder.now, path, lists = now + timedelta(seconds=1), tmp_path / "four.asice", known.lists(now)
    recorder.export(path, 4, lists=lists, lists_for=lambda _chain, _at: lists)
    audit = verify_file(path, recorder.trust)
    assert audit.verdicts[EvidenceCheck.PAYLOADS] is Verdict.INDETERMINATE, audit.findings
    [answer] = answers(audit)
    assert answer.verdict is Verdict.PASSED, audit.findings
