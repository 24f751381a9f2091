"""A notice was sealed by a clock forty days ahead, and sealed anew: archive and evidence file verify all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from adapters.crypto.xml.document import sign_document
from adapters.crypto.xml.sealing import NoticeSealer
from adapters.crypto.xml.strict_xml import load_schema
from adapters.shipped.resources import NOTICE_SCHEMA, SCHEMAS
from adapters.storage.engine.advisory_locks import FileAdvisoryLocks
from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import audit_archive
from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.audit.audit_recipe import Check
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.timeline import SEALED_ANEW
from gateway.intake.resealing import seal_anew
from gateway.judiciary.courier import SealSlice
from gateway.notice.delivery_state import DeliveryEvent
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.verdict import Verdict
from gateway.store.stored import Changes
from tests.archive.recorder import plain, reference
from tests.databases import sqlite_file
from tests.unit.crypto.samples import notice

from .notice_recorder import NoticeRecorder, paper, subject
from .test_export import UNJUDGED
from .test_retention import delete

AHEAD = timedelta(days=40)


@pytest.fixture
def story(pki: Path, tmp_path: Path) -> Iterator[NoticeRecorder]:
    """The first seal is archived and time-stamped before the second one is made."""
    folder = tmp_path
    with sqlite_file(folder) as url, closing(SqlStore.open(url)) as store:
        recorder = NoticeRecorder(pki, store, folder / "archive", now=datetime.now(UTC))
        recorder.activate()
        recorder.now += AHEAD
        recorder.admit(1)
        recorder.now -= AHEAD
        recorder.archive()
        before = audit_archive(recorder.folder, recorder.trust, workers=1)
        assert before.verdicts[Check.TIME] is Verdict.FAILED, "nobody has said yet that the clock was ahead"

        sealer = NoticeSealer({"article-100": recorder.signer("seal-article-100")}, load_schema(NOTICE_SCHEMA, SCHEMAS))
        done = seal_anew(store, sealer, recorder.clock, timedelta(minutes=1), FileAdvisoryLocks(folder / "duties"))
        assert (done.counts, done.errors) == ({"sealed_anew": 1}, [])
        recorder.now += timedelta(seconds=1)
        entry = recorder.entries[1] = store.notices.entries([reference(1)])[reference(1)]
        octets = store.evidence.payload(entry.seal_digest)
        recorder.send([SealSlice(reference=reference(1), octets=octets, digest=entry.seal_digest)], "urn:uuid:0000-one")
        recorder.hear(1, DeliveryEvent.CONTENT_CONSIGNMENT)
        recorder.archive()
        yield recorder


def test_the_archive_with_both_seals_verifies_and_its_times_too(story: NoticeRecorder) -> None:
    report = audit_archive(story.folder, story.trust, workers=1)
    assert report.segments > 1
    assert report.kinds["SEALED_NOTICE"] == 2
    assert {check for check, verdict in report.verdicts.items() if verdict is Verdict.FAILED} == set(), report.findings
    assert report.verdicts[Check.TIME] is report.verdicts[Check.SIGNATURE] is Verdict.PASSED, report.findings


def test_the_evidence_file_holds_the_seal_that_was_sent_and_verifies(story: NoticeRecorder, tmp_path: Path) -> None:
    path = tmp_path / "notice.asice"
    story.export(path, 1)
    audit = verify_file(path, story.trust)
    # The message carried this notice alone, so that it stands in the file and is judged.
    unjudged = {check for check, verdict in audit.verdicts.items() if verdict is not Verdict.PASSED}
    assert unjudged == UNJUDGED - {EvidenceCheck.MESSAGES}, audit.findings
    entry = story.entries[1]
    with ZipFile(path) as file:
        assert file.read(f"notices/{reference(1)}/notice.xml") == story.store.evidence.payload(entry.seal_digest)
        reported = json.loads(file.read("timeline.json"))["notices"][0]["elements"]
        persian = file.read("timeline.fa.html").decode()
    [admitted] = [each for each in reported if each["event"] == "Admission"]
    assert admitted["detail"] == SEALED_ANEW
    assert [each["record"] for each in reported if each["event"] == "Sealed"] == []
    assert "مهر دوباره پیش از ارسال" in persian


def test_of_a_deleted_seal_that_was_made_anew_its_own_record_says_which_it_was(
    story: NoticeRecorder, tmp_path: Path
) -> None:
    delete(story, EvidenceKind.SEALED_NOTICE)
    path, entry = tmp_path / "notice.asice", story.entries[1]
    story.export(path, 1)
    audit = verify_file(path, story.trust)
    assert audit.verdicts[EvidenceCheck.SEAL] is Verdict.INDETERMINATE
    assert audit.verdicts[EvidenceCheck.RECEIPTS] is Verdict.PASSED, audit.findings
    [place] = [place for place, header in audit.headers.items() if header.payload_digest == entry.seal_digest]
    with ZipFile(path) as file:
        assert f"{place:012d}.json" in file.read("VERIFY.en.txt").decode()


@pytest.mark.parametrize("source", ["a message", "a receipt"])
def test_a_seal_that_was_sent_is_not_left_out_whatever_a_later_record_says(
    pki: Path, tmp_path: Path, source: str
) -> None:
    """A writer of records must not take a bad seal out of the checks afterwards."""
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        recorder = NoticeRecorder(pki, store, tmp_path / "archive", now=datetime.now(UTC))
        recorder.now += AHEAD
        bad = recorder.admit(1)
        recorder.now -= AHEAD
        if source == "a message":
            recorder.send([bad], "urn:uuid:0000-one")
        else:
            receipt = recorder.receipt(1, DeliveryEvent.CONTENT_CONSIGNMENT, recorder.now)
            payload = plain(receipt.octets)
            heard = recorder.header(
                f"receipt:{receipt.receipt_id}", EvidenceKind.RECEIPT, payload.digest, bad.reference
            )
            recorder.keep(Changes(evidence=[heard], payloads=[payload]))
        octets = sign_document(
            notice(bad.reference, paper(1), subject(1)), recorder.signer("seal-article-100"), recorder.now
        )
        other, of_it = plain(octets), f"seal:{bad.reference}"
        claim = recorder.header(f"{of_it}:2", EvidenceKind.SEALED_NOTICE, other.digest, bad.reference, instead_of=of_it)
        recorder.keep(Changes(evidence=[claim], payloads=[other]))
        recorder.archive()
        report = audit_archive(recorder.folder, recorder.trust, workers=1)
    assert report.verdicts[Check.TIME] is Verdict.FAILED
