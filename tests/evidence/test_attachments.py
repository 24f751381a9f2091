"""Attachments of a notice in its evidence file: each is there, and is what was sealed."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.storage.sql_store import SqlStore
from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.notice import sha256
from gateway.runtime.verdict import Verdict
from tests.archive.recorder import reference
from tests.databases import sqlite_file

from .forge import Edit, contents, forge
from .notice_recorder import NoticeRecorder
from .test_export import UNJUDGED

PNG, PDF = b"\x89PNG map", b"%PDF-1.7 report %%EOF"
FIRST, SECOND = (f"notices/{reference(1)}/attachment-{name}" for name in ("1.png", "2.pdf"))
NOTICE, PAPER = (f"notices/{reference(1)}/{name}" for name in ("notice.xml", "paper.pdf"))


@pytest.fixture(scope="module")
def attached(pki: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NoticeRecorder, Path]]:
    folder = tmp_path_factory.mktemp("attached")
    with sqlite_file(folder) as url, closing(SqlStore.open(url)) as store:
        recorder = NoticeRecorder(pki, store, folder / "archive", now=datetime.now(UTC))
        recorder.activate()
        seal = recorder.admit(1, [("image/png", PNG), ("application/pdf", PDF)])
        recorder.send([seal], "urn:uuid:0000-one")
        recorder.hear(1, DeliveryEvent.CONTENT_CONSIGNMENT)
        recorder.archive()
        path = folder / "notice.asice"
        recorder.export(path, 1)
        yield recorder, path


def judged(attached: tuple[NoticeRecorder, Path], edit: Edit | None = None) -> EvidenceAudit:
    recorder, path = attached
    if edit is not None:
        forged = path.with_name("forged.asice")
        forged.write_bytes(path.read_bytes())
        forge(forged, recorder, edit)
        path = forged
    return verify_file(path, recorder.trust)


def test_each_attachment_is_a_file_and_the_verifier_agrees(attached: tuple[NoticeRecorder, Path]) -> None:
    found = contents(attached[1])
    assert (found[FIRST], found[SECOND]) == (PNG, PDF)
    for page in ("timeline.fa.html", "timeline.en.html"):
        assert sha256(PNG).encode() in found[page]
        assert sha256(PDF).encode() in found[page]
    audit = judged(attached)
    unjudged = {check for check, verdict in audit.verdicts.items() if verdict is not Verdict.PASSED}
    assert unjudged == UNJUDGED - {EvidenceCheck.MESSAGES}, audit.findings
    assert not any(path.endswith("Content") for path in audit.fields[reference(1)]), "octets are not kept twice"


EDITS: dict[str, tuple[Edit, str]] = {
    "another picture": (lambda found: found.update({FIRST: PNG + b"!"}), "is not an attachment in the sealed notice"),
    "one is missing": (lambda found: found.pop(SECOND), "is not here"),  # type: ignore[dict-item]
    "one too many": (
        lambda found: found.update({FIRST.replace("1.png", "3.pdf"): PDF}),
        "is not an attachment in the sealed notice",
    ),
    "another picture, and no paper": (
        lambda found: found.update({FIRST: PNG + b"!"}) or found.pop(PAPER),  # type: ignore[func-returns-value]
        "is not an attachment in the sealed notice",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_was_done_to_an_attachment_is_found(attached: tuple[NoticeRecorder, Path], name: str) -> None:
    edit, reason = EDITS[name]
    audit = judged(attached, edit)
    failed = {check for check, verdict in audit.verdicts.items() if verdict is Verdict.FAILED}
    assert failed == {EvidenceCheck.PAYLOADS}, audit.findings
    assert [reason in each.reason for each in audit.findings if each.verdict is Verdict.FAILED] == [True]


def test_a_notice_whose_attachment_has_no_octets_is_no_error_of_the_program(
    attached: tuple[NoticeRecorder, Path],
) -> None:
    def edit(found: dict[str, bytes]) -> None:
        found[NOTICE] = found[NOTICE].replace(b64encode(PNG), b"not base64!")

    audit = judged(attached, edit)
    assert audit.verdict_of(EvidenceCheck.SEAL) is Verdict.FAILED
    reasons = [each.reason for each in audit.findings if each.check is EvidenceCheck.PAYLOADS]
    assert "has no documents that can be read" in reasons
