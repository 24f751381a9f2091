"""Data sharing: another body reads the state of service of a case, by an agreement, and each reading is on record.

The record is committed before the answer leaves. It is one of the accesses to a notice (`Access.SHARING`), so it stands
among those of persons in the audit of accesses and on the notice's page, and never in its timeline or evidence file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from gateway.notice.notice import sha256
from gateway.operations.notice_access import Access
from gateway.operations.operator_action import OperatorAction
from gateway.operations.sharing_agreement import Agreement, Question
from gateway.record.evidence_record import EvidenceRecord
from gateway.runtime.clock import timestamp
from gateway.runtime.randomness import random_hex
from gateway.store.store import Store
from gateway.store.stored import Changes

BY_OTHER_BODY: Final = "by a token of the other body"
"""Authentication of a reading: the account is the other body's name in the configuration."""

ANSWERED: Final = "answered"
NOTHING: Final = "nothing-visible"
"""Outcomes of a reading, in its record; they never change."""


def read_record(
    agreement: Agreement, question: Question, references: Sequence[str], at: datetime, origin: str
) -> tuple[EvidenceRecord, Changes]:
    """Return the record of a reading, and what recording it writes.

    The payload has body, purpose, notices and fields. A question that found nothing is there by its digest alone, since
    whoever asks may write anything into it.
    """
    act = OperatorAction(
        name=Access.SHARING, account=agreement.body, reason=question.purpose, at=at, authentication=BY_OTHER_BODY
    )
    record, payload = act.record(
        question.subject if references else sha256(question.subject.encode()),
        origin=origin,
        outcome=ANSWERED if references else NOTHING,
        id=f"{id_prefix(agreement.body)}{timestamp(at)}:{random_hex(8)}",
        fields=" ".join(agreement.fields),
        notices=str(len(references)),
        references=" ".join(references),
    )
    links = {record.id: references} if references else {}
    return record, Changes(evidence=[record], payloads=[payload], message_notices=links)


def record_read(
    store: Store, agreement: Agreement, question: Question, references: Sequence[str], at: datetime, origin: str
) -> str:
    """Record a reading; return the id of its record. Raises `GatewayError` ``store.*``; then nothing may leave."""
    record, changes = read_record(agreement, question, references, at, origin)
    store.commit(changes)
    return record.id


def id_prefix(body: str) -> str:
    """Return the beginning of the ids of the records of a body's readings; their times follow it, and sort."""
    return f"act:{Access.SHARING}:{body}:"
