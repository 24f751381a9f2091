"""Requests of ours that nobody signed, judged offline."""

from __future__ import annotations

import zipfile

from adapters.verifier.evidence.evidence_page import report_page
from gateway.audit.audit import SENT_UNSIGNED
from gateway.audit.audit_recipe import Check
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.judiciary.courier import Message, Operation
from gateway.notice.envelope import Frame
from gateway.runtime.verdict import Verdict
from gateway.sending import exchange
from tests.archive.recorder import reference

from .carried_answers import archived, exported, reasons, sent, wrong
from .notice_recorder import NoticeRecorder


def test_a_request_that_nobody_signed_is_never_passed(own: NoticeRecorder) -> None:
    sent(own, 1)
    wire = b'{"reference": "' + reference(1).encode() + b'"}'
    message = Message(
        id="urn:uuid:0000-plain",
        operation=Operation.SUBMIT,
        references=(reference(1),),
        created_at=own.now,
        wire=wire,
        frame=Frame(pieces=(wire,), seals=()),
        signed=False,
    )
    own.keep(exchange.sent(message, "town", "court"))
    report = archived(own)
    assert wrong(report) == SENT_UNSIGNED.en
    assert report.verdicts[Check.SIGNATURE] is Verdict.INDETERMINATE
    audit = exported(own)
    assert SENT_UNSIGNED.en in reasons(audit, EvidenceCheck.MESSAGES)
    assert SENT_UNSIGNED.fa in report_page(audit, []).decode(), "it speaks of our request, and of no server"
    with zipfile.ZipFile(own.folder.parent / "notice.asice") as file:
        assert any(name.startswith("messages/") and name.endswith(".json") for name in file.namelist())
