"""Accesses as evidence: a person opens a notice, its paper or a message, or has the recipient's identifier revealed.

An access is recorded before anything is shown. Accesses say nothing about the notice itself: timelines and evidence
files leave them out, and the audit of accesses reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from gateway.notice.notice import sha256
from gateway.notice.text import own_words
from gateway.operations.operator_action import OperatorAction, by_console
from gateway.people.login_session import Session
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, Header
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.store import Store
from gateway.store.stored import Changes, EvidenceRow, Payload

MAX_PURPOSE: Final = 500
"""Most characters of a purpose."""


class Access(StrEnum):
    """Access of a person to a notice: the name of the act in its record."""

    NOTICE = "notice.open"
    PAPER = "paper.open"
    MESSAGE = "message.open"
    """Any stored record's own octets."""
    EVIDENCE = "evidence.download"
    IDENTIFIER = "identifier.reveal"
    QUARANTINE = "quarantine.open"
    """Octets in quarantine, which are about no notice for sure; `record_opening` records it."""
    PREVIEW = "mapping.preview"
    """Rows of a source, shown by a mapping; `record_preview` records it."""
    REPLAY = "mapping.replay"
    """Differences that a version makes for past notices; `record_replay` records it."""
    EXPORT = "personal-data.export"
    """Everything that is held about one person; `gateway.personal_data.export_record` records it."""
    CERTIFICATE = "certificate.issue"
    """A certificate of service, issued and printed; `gateway.certificate.issuing` records it."""
    SHARING = "sharing.read"
    """The state of service, read by another body; `gateway.operations.shared_read` records it."""


ACCESS_NAMES: Final[Mapping[str, Words]] = {
    Access.NOTICE: Words(en="the notice", fa="ابلاغیه"),
    Access.PAPER: Words(en="a document", fa="سند پیوست یا متن برگه"),
    Access.MESSAGE: Words(en="a record of evidence", fa="یک رکورد از شواهد"),
    Access.EVIDENCE: Words(en="the evidence file", fa="فایل شواهد"),
    Access.IDENTIFIER: Words(en="the recipient's identifier", fa="شناسه مخاطب"),
    Access.EXPORT: Words(en="the export of the recipient's data", fa="خروجی داده‌های مخاطب"),
    Access.CERTIFICATE: Words(en="a certificate of service", fa="گواهی ابلاغ"),
    Access.SHARING: Words(en="the state of service, by another body", fa="وضعیت ابلاغ، از سوی دستگاه دیگر"),
}
"""Names of what was opened."""

_NAMES: Final = frozenset(access.value for access in Access)
_OUTCOMES: Final = {Access.EVIDENCE: "downloaded", Access.IDENTIFIER: "revealed"}


def record_access(
    store: Store, access: Access, reference: str | None, session: Session, at: datetime, origin: str, subject: str = ""
) -> None:
    """Record an access, once for each session and ``subject`` (by default the notice itself).

    ``reference`` is None for a message that carried several notices, whose record is then the ``subject``.

    Raises `GatewayError` ``store.*``; then nothing may be shown.
    """
    record, payload = access_record(access, reference, session, at, origin, subject=subject)
    if store.evidence.record(record.id) is None:
        store.commit(Changes(evidence=[record], payloads=[payload]))


def record_opening(store: Store, digest: str, session: Session, at: datetime, origin: str) -> None:
    """Record that a person opens octets in quarantine by their digest, once for each session.

    Raises `GatewayError` ``store.*``; then nothing may be shown.
    """
    record, payload = access_record(Access.QUARANTINE, None, session, at, origin, subject=digest)
    if store.evidence.record(record.id) is None:
        store.commit(Changes(evidence=[record], payloads=[payload]))


def record_preview(store: Store, source: str, keys: Sequence[str], session: Session, at: datetime, origin: str) -> None:
    """Record that rows of a source are shown to a person, once for each session and set of rows.

    The record has the number of rows and a digest of each key, since a source may use an identifier as a key. No
    purpose is asked. Raises `GatewayError` ``store.*``; then nothing may be shown.
    """
    digests = [sha256(f"{source} {key}".encode()) for key in keys]
    about = f"{source}:{sha256(' '.join(digests).encode())}"
    record, payload = access_record(
        Access.PREVIEW, None, session, at, origin, subject=about, rows=str(len(keys)), keys=" ".join(digests)
    )
    if store.evidence.record(record.id) is None:
        store.commit(Changes(evidence=[record], payloads=[payload]))


def record_replay(
    store: Store, version: str, source: str, references: Sequence[str], session: Session, at: datetime, origin: str
) -> None:
    """Record that the differences of a version for past notices are shown: one record, once for each session and set.

    The record has the references. No purpose is asked. Raises `GatewayError` ``store.*``; then nothing may be shown.
    """
    about = f"{version}:{source}:{sha256(' '.join(references).encode())}"
    record, payload = access_record(
        Access.REPLAY,
        None,
        session,
        at,
        origin,
        subject=about,
        notices=str(len(references)),
        references=" ".join(references),
    )
    if store.evidence.record(record.id) is None:
        store.commit(Changes(evidence=[record], payloads=[payload]))


def record_reveal(store: Store, reference: str, purpose: str, session: Session, at: datetime, origin: str) -> str:
    """Record that a person has the recipient's identifier revealed: each time, with its purpose. Return the purpose as
    the record has it.

    Raises `GatewayError` ``act.purpose`` without a purpose of at most `MAX_PURPOSE` characters, ``store.*``.
    """
    said = own_words(purpose)
    assert_purpose(said, reference)
    record, payload = access_record(Access.IDENTIFIER, reference, session, at, origin, purpose=said)
    store.commit(Changes(evidence=[record], payloads=[payload]))
    return said


def assert_purpose(purpose: str, where: str) -> None:
    """Raise `GatewayError` ``act.purpose`` unless there is a purpose of at most `MAX_PURPOSE` characters."""
    if not own_words(purpose) or len(purpose) > MAX_PURPOSE:
        raise GatewayError("act.purpose", where=where)


def access_record(
    access: Access,
    reference: str | None,
    session: Session,
    at: datetime,
    origin: str,
    *,
    subject: str = "",
    purpose: str = "",
    **facts: str,
) -> tuple[EvidenceRecord, Payload]:
    """Return the record and payload of an access; ``reference`` is None for one to no notice.

    The person's login, purpose and further ``facts`` are in the payload alone.

    The id is the same for every access of a session to one ``subject``, except for one with a ``purpose``.
    """
    about = subject or reference or ""
    act = OperatorAction(
        name=access,
        account=session.person.login,
        reason=purpose,
        at=at,
        authentication=by_console(session.issuer),
    )
    once = f":{timestamp(at)}" if purpose else ""
    return act.record(
        about,
        origin=origin,
        outcome=_OUTCOMES.get(access, "opened"),
        notice=reference,
        id=f"act:{access}:{about}:{session.id}{once}",
        person=session.person.id,
        session=session.id,
        **facts,
    )


def act_of(row: EvidenceRow) -> str:
    """Return the name of the act of a record; empty for another kind, and for a header that cannot be read."""
    header = Header.read(row.header) if row.kind == EvidenceKind.PERSON_ACT else None
    return "" if header is None else header.context.get("act", "")


def is_access(row: EvidenceRow) -> bool:
    """Return True for the record of an access."""
    return act_of(row) in _NAMES


def without_accesses(rows: Iterable[EvidenceRow]) -> list[EvidenceRow]:
    """Return the records about a notice itself."""
    return [row for row in rows if not is_access(row)]
