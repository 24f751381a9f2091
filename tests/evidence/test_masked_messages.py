"""Messages that are stored without their secrets, judged offline."""

from __future__ import annotations

import pytest

from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.verifier.evidence.evidence_page import report_page
from gateway.audit.audit import SECRETS_REMOVED
from gateway.audit.audit_recipe import Check
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.judiciary.courier import Answer, Message, Operation
from gateway.runtime.verdict import Verdict
from gateway.sending import exchange
from tests.archive.recorder import reference
from tests.unit.crypto.samples import ACTION, LIFETIME, TO

from .carried_answers import answer, archived, exported, reasons, sent, wrong
from .notice_recorder import NoticeRecorder


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_message_without_its_secrets_is_never_passed(own: NoticeRecorder, side: str) -> None:
    """Its signature is over what was sent; over what is stored, it says nothing."""
    sent(own, 1)
    addressing = Addressing(to=TO, action=ACTION, message_id="urn:uuid:0000-masked")
    signed = sign_message(answer(own, [1]), addressing, own.signer("transport"), own.now, LIFETIME)
    message = Message(
        id="urn:uuid:0000-masked",
        operation=Operation.SUBMIT,
        references=(reference(1),),
        created_at=own.now,
        wire=signed.wire,
        frame=signed.frame,
        masked=("Session.Token",) if side == "ours" else (),
    )
    own.keep(exchange.sent(message, "town", "court"))
    if side == "theirs":
        raw = answer_octets(own).replace(b"arrived", b"SECRET-REMOVED")
        reply: Answer[object] = Answer(
            raw=raw, received_at=own.now, by_reference={}, passed=["fresh"], masked=("octets 5 to 19",)
        )
        own.keep(exchange.answered(message, reply, [], "town", "court"))
    report = archived(own)
    assert wrong(report) == SECRETS_REMOVED.en
    assert report.verdicts[Check.SIGNATURE] is Verdict.INDETERMINATE
    assert {check for check, verdict in report.verdicts.items() if verdict is Verdict.FAILED} == set()
    audit = exported(own)
    assert SECRETS_REMOVED.en in reasons(audit, EvidenceCheck.MESSAGES)
    assert SECRETS_REMOVED.fa in report_page(audit, []).decode()


def answer_octets(own: NoticeRecorder) -> bytes:
    answering = Addressing(to=TO, action=f"{ACTION}Response", message_id="urn:a", relates_to="urn:uuid:0000-masked")
    return sign_message(answer(own, [1]), answering, own.judiciary_signer("transport"), own.now, LIFETIME).wire
