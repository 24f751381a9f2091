"""Facts of a notice derived from its evidence, and deviations of the store from them.

State, dates and tracking number stand in rows that anybody with access to the database can change. They follow from
steps; each step names the record that proves it, and a record names its payload by digest.
So the facts are read from the receipts' own octets, and a row with another value was changed.

The payload is proven to have the digest in its record. The record's header is proven to have the leaf hash that was
written with it. The receipt is proven to contain the value.
It does not prove that the receipt is genuine. Signatures are verified on arrival, and by `archive verify` and `evidence
verify`, but not here again.
A receipt that was forged together with its record and its leaf hash is detected by those, and by the checkpoints at
witnesses.

The tracking number of a notice without a receipt is searched in the octets of the response that contained it. So a
number swapped with another of the same response is detected only once a receipt comes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Protocol

from gateway.merkle.tree import leaf_hash
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import TIME_OF, OutboxEntry
from gateway.record.evidence_record import EvidenceKind, Header, NotARecord, states
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError

ReadReceipt = Callable[[bytes], Mapping[str, str]]
"""Function that returns a receipt's claims without verifying its signature. Raises `GatewayError`."""

LITERAL: Final = "numbers"
"""Key in the context of a response's record: its octets contain each of its tracking numbers literally."""

_GONE: Final = frozenset({"retention.deleted", "store.payload-missing", "archive.unreachable"})
"""Codes of missing octets, which other checks report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenStep:
    """Step with the record that it names, from the store and the archive; None for absent values."""

    seq: int
    event: DeliveryEvent
    state: DeliveryState
    kind: str | None = None
    notice: str | None = None
    header: bytes | None = None
    leaf_hash: bytes | None = None
    payload_digest: str | None = None


class Proofs(Protocol):
    """Queries of the derivation to the store."""

    def proven_steps(self, references: Sequence[str]) -> dict[str, list[ProvenStep]]: ...

    def payload(self, digest: str) -> bytes: ...

    def payloads(self, digests: Sequence[str]) -> dict[str, bytes]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts derived from a notice's evidence.

    ``numbers`` are the tracking numbers in receipts, ``answers`` the octets of responses that acknowledged it.
    ``open_number`` is True if a response contained it in a form that is not compared.
    ``broken`` names steps whose record is not the one that was recorded.
    """

    state: DeliveryState | None
    seq: int
    delivered_at: datetime | None
    viewed_at: datetime | None
    legal_service_at: datetime | None = None
    numbers: frozenset[str]
    answers: Sequence[bytes]
    open_number: bool
    broken: Sequence[str]


def derive(reference: str, steps: Sequence[ProvenStep], octets: Mapping[str, bytes], read: ReadReceipt | None) -> Facts:
    """Derive the facts from a notice's ``steps``, which are in order.

    ``octets`` are payloads by digest, as far as they are here. Without ``read``, or without octets, event and time come
    from a record's header.
    """
    times: dict[str, datetime] = {}
    numbers: set[str] = set()
    answers: list[bytes] = []
    broken: list[str] = []
    open_number = False
    for step in steps:
        if step.event is DeliveryEvent.SUBMISSION_ACCEPTANCE and step.kind == EvidenceKind.MESSAGE_RECEIVED:
            answer, header = octets.get(step.payload_digest or ""), _recorded(step)
            parsed = None if header is None else _parsed(header)
            if answer is None or parsed is None or LITERAL not in parsed.context:
                open_number = True
            else:
                answers.append(answer)
        field = TIME_OF.get(step.event)
        if field is None and step.kind != EvidenceKind.RECEIPT:
            continue
        told = _told(reference, step, octets, read)
        if told is None:
            broken.append(f"step {step.seq} ({step.event})")
            continue
        time, number = told
        if field is not None:
            times.setdefault(field, time)
        if number is None:
            open_number = True
        else:
            numbers.add(number)
    last = steps[-1] if steps else None
    return Facts(
        state=last.state if last else None,
        seq=last.seq if last else -1,
        delivered_at=times.get("delivered_at"),
        viewed_at=times.get("viewed_at"),
        legal_service_at=times.get("legal_service_at"),
        numbers=frozenset(numbers),
        answers=answers,
        open_number=open_number,
        broken=broken,
    )


def differing(entry: OutboxEntry, facts: Facts) -> list[str]:
    """Return the values of an entry that contradict its evidence, each with the proven value, for people."""
    found = [f"{each} has no genuine record" for each in facts.broken]
    if (entry.state, entry.seq) != (facts.state, facts.seq):
        found.append(f"state {entry.state}, step {entry.seq}: the last step is {facts.seq}, {facts.state}")
    for field in TIME_OF.values():
        ours, theirs = getattr(entry, field), getattr(facts, field)
        if ours != theirs:
            here, there = (timestamp(each) if each else None for each in (ours, theirs))
            found.append(f"{field} {here or 'none'}: the receipt says {there or 'nothing'}")
    ours = entry.tracking_number
    if facts.numbers:
        wrong = facts.numbers != {ours}
    elif facts.answers:
        wrong = ours is None or not any(holds(answer, ours) for answer in facts.answers)
    else:
        wrong = ours is not None and not facts.open_number
    if wrong:
        said = ", ".join(sorted(facts.numbers)) or "otherwise"
        found.append(f"tracking_number {ours or 'none'}: evidence says {said}")
    return found


def unproven(store: Proofs, entries: Sequence[OutboxEntry], read: ReadReceipt | None) -> dict[str, list[str]]:
    """Return, by reference, the values that contradict the evidence; notices without any are left out.

    This costs two queries to the store for all of them, and the reading of their receipts. Raises as the store does.
    """
    steps = store.proven_steps([entry.reference for entry in entries])
    of_entry = {
        # Later steps are not part of the entry as it was read.
        entry.reference: [step for step in steps.get(entry.reference, []) if step.seq <= entry.seq]
        for entry in entries
    }
    wanted = {
        step.payload_digest
        for each in of_entry.values()
        for step in each
        if step.payload_digest and (step.kind == EvidenceKind.RECEIPT or _is_told(step))
    }
    octets = _octets(store, sorted(wanted))
    found = {
        entry.reference: differing(entry, derive(entry.reference, of_entry[entry.reference], octets, read))
        for entry in entries
    }
    return {reference: reasons for reference, reasons in found.items() if reasons}


def holds(octets: bytes, text: str) -> bool:
    """Return True if the octets, or a part of a JWS in them, contain a text literally."""
    return any(text.encode() in part for part in _parts(octets))


def _parts(octets: bytes) -> Iterator[bytes]:
    yield octets
    if octets.startswith(b"eyJ"):
        for part in octets.split(b"."):
            try:
                yield base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
            except binascii.Error:
                continue


def _is_told(step: ProvenStep) -> bool:
    return step.event is DeliveryEvent.SUBMISSION_ACCEPTANCE and step.kind == EvidenceKind.MESSAGE_RECEIVED


def _octets(store: Proofs, digests: Sequence[str]) -> dict[str, bytes]:
    if not digests:
        return {}
    try:
        return store.payloads(digests)
    except GatewayError as error:
        if error.code not in _GONE:
            raise
    found: dict[str, bytes] = {}
    for digest in digests:
        try:
            found[digest] = store.payload(digest)
        except GatewayError as error:
            if error.code not in _GONE:
                raise
    return found


def _recorded(step: ProvenStep) -> bytes | None:
    """Return the octets of a step's header; None if it is absent, or not the recorded one."""
    return step.header if step.header and leaf_hash(step.header) == step.leaf_hash else None


# Notices that were sent in one message have one record of its answer.
@lru_cache(maxsize=64)
def _parsed(header: bytes) -> Header | None:
    try:
        return Header.of(header)
    except NotARecord:
        return None


def _told(
    reference: str, step: ProvenStep, octets: Mapping[str, bytes], read: ReadReceipt | None
) -> tuple[datetime, str | None] | None:
    """Return time and tracking number (None: unknown here) from the receipt of a step.

    Return None for a step without a genuine receipt.
    """
    header, digest = _recorded(step), step.payload_digest
    if step.kind != EvidenceKind.RECEIPT or step.notice != reference or header is None or digest is None:
        return None
    content = octets.get(digest)
    claims: Mapping[str, str] = {}
    if content is not None and read is not None:
        try:
            claims = read(content)
        except GatewayError:
            claims = {}  # of a format that is spoken no more
    try:
        moment = parse_timestamp(claims["EventTime"]) if "EventTime" in claims else None
    except ValueError:
        return None
    event = claims.get("Event")
    if (
        moment is None
        or event is None
        or not states(header, notice=reference, payload_digest=digest, event_time=timestamp(moment))
    ):
        parsed = _parsed(header)
        if parsed is None or (parsed.notice, parsed.payload_digest) != (reference, digest):
            return None
        recorded = parse_timestamp(parsed.event_time)
        if moment not in (None, recorded):
            return None
        moment, event = recorded, claims.get("Event", parsed.context.get("event"))
    if claims.get("Reference", reference) != reference or (step.event in TIME_OF and event != step.event):
        return None
    return moment, claims.get("TrackingNumber")
