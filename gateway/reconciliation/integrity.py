"""Integrity: compare the rows of each notice with the evidence that they follow from.

A bit error, or an edit in the database, changes a row but not the signed content. Each column is compared with the
sealed notice, with the header of the record of that seal, or with the last step.
`NOT_COVERED` lists the columns without evidence. Arrival, viewing, service by law and tracking number follow from
receipts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.intake.source_renaming import RENAMED
from gateway.record.derived import ReadReceipt, unproven
from gateway.record.evidence_record import EvidenceKind, Header, NotARecord
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.plain_words import words_of
from gateway.store.ports.evidence_store import EvidenceStore
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.store import Store
from gateway.store.stored import Admission, EvidenceRow, HistoryEvent

ReadSeal = Callable[[bytes], Mapping[str, str]]
"""Function that returns the fields of a sealed notice's octets, by the names of `IN_SEAL`. Raises ``ValueError``."""

IN_SEAL: Final = {
    "reference": "Reference",
    "body": "IssuingBody/Code",
    "district": "IssuingBody/District",
    "case_number": "Case/Number",
    "paper_number": "Paper/Number",
    "kind": "Paper/Kind",
    "revision": "Paper/Revision",
    "predecessor": "Paper/Predecessor",
    "recipient_name": "Recipient/Name",
    "content_digest": "content digest",
}
"""Columns of ``notice`` that the sealed notice contains, and its elements; the digest is computed from several."""

IN_RECORD: Final = ("source", "destination", "admitted_at", "seal_digest", "size", "mapping", "evidence_id")
"""Columns that the record of the seal contains."""

IN_STEPS: Final = ("state", "seq", "state_since")
"""Columns that the last steps contain."""

BY_RECEIPTS: Final = ("delivered_at", "viewed_at", "legal_service_at", "tracking_number")
"""Columns that receipts contain, by `gateway.record.derived`."""

NOT_COVERED: Final = (
    "row_key", "waiting_since", "serve_by", "replaces", "due_at", "attempts", "message_id", "lease_owner",
    "lease_until", "doubt_since", "doubt_fault", "absences", "cleared_at", "held", "code", "reason", "written_seq",
    "ticket", "held_by", "rewrite_since",
)  # fmt: skip
"""Columns of ``outbox`` without evidence: most control the next attempt."""

PAGE = 100
_TRIES = 3
_MAX_RENAMES = 20
_GONE: Final = frozenset({"retention.deleted", "store.payload-missing", "archive.unreachable"})


@dataclass(slots=True, kw_only=True)
class Checked:
    """Counts of a comparison.

    ``unread`` counts notices whose seal, or the record of it, is not here any more: they were compared in part.
    ``reached`` is the last notice of an interrupted run, and empty after a complete one.
    """

    notices: int = 0
    unread: int = 0
    problems: int = 0
    reached: str = ""


def check_rows(
    store: Store,
    read: ReadSeal,
    read_receipt: ReadReceipt | None,
    report: Callable[[GatewayError], None],
    may_continue: MayContinue = always,
    after: str = "",
) -> Checked:
    """Compare the rows of every notice after ``after``; ``report`` each difference as ``store.value-differs``.

    The error names the notice and the columns, but no value: it may be a name. Raises as the store does.
    """
    checked = Checked(reached=after)
    while may_continue():
        page = store.notices.references(checked.reached, PAGE)
        if not page:
            checked.reached = ""
            break
        for reference in page:
            checked.notices += 1
            if problems := _problems(store, read, read_receipt, reference, checked):
                checked.problems += 1
                report(GatewayError("store.value-differs", where=reference, detail="; ".join(problems)))
        checked.reached = page[-1]
    return checked


def _problems(
    store: Store, read: ReadSeal, read_receipt: ReadReceipt | None, reference: str, checked: Checked
) -> list[str]:
    try:
        found, history = _present(store.notices, reference)
        if found is None:
            return ["notice and outbox do not both have it"]
        by_receipts = unproven(store.evidence, [found.entry], read_receipt).get(reference, [])
        record = store.evidence.record(found.evidence_id)
    except ValueError as error:  # no state, no time: a value that no program has written
        return [f"a column cannot be read ({words_of(error)})"]
    except GatewayError as error:
        if error.code not in _GONE:
            raise
        checked.unread += 1  # its segment cannot be reached
        return []
    problems = [*_by_steps(found, history), *(told for told in by_receipts if not told.startswith("state "))]
    header = _header(record)
    if header is None:
        return [*problems, "evidence_id: there is no record of its seal"]
    octets = _payload(store.evidence, header.payload_digest)
    problems += _by_record(found, _under_present_name(store, found, header), octets)
    if octets is None:
        checked.unread += 1
        return problems
    return [*problems, *_by_seal(found, octets, read)]


def _payload(store: EvidenceStore, digest: str) -> bytes | None:
    """Return a payload; None if it is absent, which other checks report."""
    try:
        return store.payload(digest)
    except GatewayError as error:
        if error.code not in _GONE:
            raise
        return None


def _present(store: NoticeStore, reference: str) -> tuple[Admission | None, list[HistoryEvent]]:
    """Return a notice's current state and its steps of one moment, although it may move on meanwhile."""
    found, history = store.admission(reference), store.history(reference)
    for _ in range(_TRIES):
        if found is None or (history and history[-1].seq == found.entry.seq):
            break
        found, history = store.admission(reference), store.history(reference)
    return found, history


def _header(record: EvidenceRow | None) -> Header | None:
    try:
        return None if record is None or not record.header else Header.of(record.header)
    except NotARecord:
        return None


def _by_steps(found: Admission, history: Sequence[HistoryEvent]) -> list[str]:
    entry = found.entry
    if not history:
        return ["it has no step"]
    last = history[-1]
    since = last.learned_at
    for step in reversed(history):
        if step.state is not last.state:
            break
        since = step.learned_at
    right = {"state": last.state, "seq": last.seq, "state_since": since}
    return _different({name: getattr(entry, name) for name in right}, right, "the last step")


def _under_present_name(store: Store, found: Admission, header: Header) -> Header:
    """Return the header with the source's present name in its origin, following acts of renaming on record."""
    name, ending = header.origin.removesuffix(f"/{found.body}"), f"/{found.body}"
    for _ in range(_MAX_RENAMES):
        if name == found.entry.source or (act := store.rows.cursor(f"{RENAMED}{name}")) is None:
            break
        record = store.evidence.record(act)
        octets = None if record is None else _payload(store.evidence, record.payload_digest)
        try:
            told = json.loads(octets or b"{}")
        except ValueError:
            break
        if told.get("subject") != f"source {name}" or "new" not in told:
            break
        name = str(told["new"])
    return replace(header, origin=f"{name}{ending}")


def _by_record(found: Admission, header: Header, octets: bytes | None) -> list[str]:
    entry = found.entry
    stored = {
        "source": f"{entry.source}/{found.body}",
        "destination": entry.destination,
        "admitted_at": timestamp(entry.admitted_at),
        "seal_digest": entry.seal_digest,
        "size": entry.size,
        "mapping": found.mapping,
        "evidence_id": (EvidenceKind.SEALED_NOTICE, entry.reference),
    }
    told = {
        "source": header.origin,
        "destination": header.destination,
        "admitted_at": header.recorded_at,
        "seal_digest": header.payload_digest,
        "size": entry.size if octets is None else len(octets),
        "mapping": header.context.get("mapping", found.mapping),
        "evidence_id": (header.kind, header.notice),
    }
    return _different(stored, told, "the record of its seal")


def _by_seal(found: Admission, octets: bytes, read: ReadSeal) -> list[str]:
    try:
        fields = read(octets)
    except ValueError:
        return ["the seal is no notice"]
    stored = {name: getattr(found, name) for name in IN_SEAL if name != "reference"}
    stored |= {"reference": found.entry.reference, "revision": str(found.revision)}
    return _different(stored, {name: fields.get(element) for name, element in IN_SEAL.items()}, "the sealed notice")


def _different(stored: Mapping[str, object], right: Mapping[str, object], by: str) -> list[str]:
    wrong = [name for name in stored if stored[name] != right[name]]
    return [f"{', '.join(wrong)} not as in {by}"] if wrong else []
