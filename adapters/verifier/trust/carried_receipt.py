"""Receipt without a signature of its own, judged by the message that carried it.

The message's signature is judged as any other, and its signer by the pins for receipts. An element must stand in the
signed content, in exclusive C14N. A status is the gateway's extract: the notice is searched among the signed values.
A message that a connection alone brought proves nothing here, and is never PASSED.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from adapters.crypto.message.any_message import AnyMessageVerifier
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, MESSAGE_LIMITS, canonical, local, parse
from adapters.verifier.trust.foreign_receipt import SKEW, texts_of
from gateway.audit.audit import CONNECTION_ONLY, SECRETS_REMOVED, SENT_UNSIGNED, CannotTell
from gateway.receipts.status_receipt import StatusReceipt, is_status
from gateway.record.evidence_record import CARRIED_BY, UNSIGNED, EvidenceKind, Header
from gateway.record.masking import MASKED
from gateway.runtime.clock import parse_timestamp
from gateway.trust.trust_policy import BY_CONNECTION, AllOf, Covers, Facts, Rejection, SignedInPast

FindMessage = Callable[[str], tuple[Header, bytes]]
"""Function that returns a record by its id, with its octets. Raises `CannotTell` with the reason if it is not here."""

READ_FROM_SIGNED: Final = "a status that the gateway read from a signed answer: what it says is the gateway's reading"


def nowhere(id: str) -> tuple[Header, bytes]:
    """Find no message: an auditor has a record alone."""
    raise CannotTell(f"it has no signature of its own, and the message that carried it ({id}) is not here")


def is_carried(header: Header) -> bool:
    """Return True if a receipt has no signature of its own."""
    return CARRIED_BY in header.context


def assert_signed(header: Header) -> None:
    """Raise `CannotTell` by a message's record: `SENT_UNSIGNED` or `CONNECTION_ONLY` if nobody signed it,
    `SECRETS_REMOVED` if it is not stored as it was signed.
    """
    if UNSIGNED in header.context and header.kind is EvidenceKind.MESSAGE_SENT:
        raise CannotTell(SENT_UNSIGNED.en)
    if UNSIGNED in header.context or BY_CONNECTION in header.context.get("passed", "").split("; "):
        raise CannotTell(CONNECTION_ONLY.en)
    if MASKED in header.context:
        raise CannotTell(SECRETS_REMOVED.en)


class CarriedReceipts:
    """Verifier of receipts by the messages that carried them."""

    def __init__(self, received: AnyMessageVerifier, find: FindMessage) -> None:
        self._received, self._find = received, find
        self._last: tuple[str, Facts] | None = None

    def examine(self, header: Header, octets: bytes) -> Facts:
        """Return the facts of the message's signature; ``covered`` is the receipt alone, or a status's whole message.

        Raises `Rejection` for a message that does not verify, or a receipt that is not in it; `CannotTell` for one that
        is not here, or that nobody signed.
        """
        facts = self._facts(header.context[CARRIED_BY])
        if is_status(octets):
            StatusReceipt.of(octets)
            return replace(facts, claims={})
        element = parse(octets, DOCUMENT_LIMITS)
        content = parse(facts.covered["Body"], MESSAGE_LIMITS)
        if not any(canonical(each) == octets for each in content.iter(element.tag)):
            raise Rejection("verify.about", where=local(element), detail="not in the message that carried it")
        return replace(facts, covered={local(element): octets}, claims={})

    def _facts(self, id: str) -> Facts:
        # The receipts of one message follow each other.
        if self._last is not None and self._last[0] == id:
            return self._last[1]
        header, octets = self._find(id)
        assert_signed(header)
        if "refused" in header.context:
            raise Rejection("verify.about", where=id, detail="the message that carried it was refused")
        by = parse_timestamp(header.recorded_at)
        facts = self._received.examine(octets, by)
        AllOf(Covers("Body"), SignedInPast(by, SKEW)).check(facts)
        self._last = id, facts
        return facts


def assert_states(header: Header, octets: bytes, facts: Facts) -> None:
    """Raise `Rejection` ``verify.about`` for a status of another notice, event or moment than its record says.

    Raises `CannotTell` if the signed message names the notice in no known form.
    """
    told = StatusReceipt.of(octets)
    said = told.reference, told.event, told.event_time
    if said != (header.notice, header.context.get("event"), header.event_time):
        raise Rejection("verify.about", where=header.id, detail="another notice, event or moment than the record says")
    values = frozenset(_values(facts.covered["Body"]))
    if values.isdisjoint({told.reference, told.tracking_number}):
        raise CannotTell(f"{READ_FROM_SIGNED}, and the answer names the notice in no known form", facts)


def _values(octets: bytes) -> Iterator[str]:
    if octets.lstrip()[:1] == b"<":
        for element in parse(octets, MESSAGE_LIMITS).iter():
            yield from map(str, element.attrib.values())
            yield (element.text or "").strip()
    else:
        yield from texts_of(json.loads(octets))
