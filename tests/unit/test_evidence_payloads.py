"""An evidence file holds nothing of a message that carried or concerns anybody else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest

from gateway.evidence.evidence_file import Withheld
from gateway.evidence.evidence_payloads import Absent, Entry, held, payloads_of, taken_from
from gateway.notice.notice import sha256
from gateway.record.deletion import Deleted
from gateway.record.evidence_record import EvidenceKind, Header, evidence_record
from gateway.runtime.errors import GatewayError
from tests.conformance.builders import NOW

OURS, ANOTHERS = "EB-" + "A" * 32, "EB-" + "B" * 32


GONE = Deleted(rule="papers", at=NOW)


class OnePayload:
    """A payload, or what is known of it where it, or ``seal`` in it, was deleted."""

    def __init__(self, octets: bytes, seal: str | None = None) -> None:
        self._octets, self._seal = octets, seal

    def payload(self, digest: str) -> bytes:
        assert digest == sha256(self._octets)
        if self._seal:
            raise GatewayError("retention.deleted", where=self._seal)
        return self._octets

    def deleted(self, digests: Sequence[str]) -> dict[str, Deleted]:
        return {digest: GONE for digest in digests if digest == self._seal}


def decided(
    kind: EvidenceKind,
    octets: bytes = b"",
    carried: frozenset[str] = frozenset(),
    deleted: str | None = None,
    **context: str,
) -> Entry | Absent:
    return selected(OnePayload(octets, deleted), kind, octets, carried, **context)


def selected(
    store: OnePayload,
    kind: EvidenceKind,
    octets: bytes = b"",
    carried: frozenset[str] = frozenset(),
    **context: str,
) -> Entry | Absent:
    about = OURS if kind in (EvidenceKind.SEALED_NOTICE, EvidenceKind.RECEIPT, EvidenceKind.PERSON_ACT) else None
    record = evidence_record(
        id="record",
        kind=kind,
        notice=about,
        origin="city",
        destination="court",
        event_time=NOW,
        recorded_at=NOW,
        payload_digest=sha256(octets),
        context=context,
    )
    headers = {7: Header.of(record.header)}
    return payloads_of(store, headers, frozenset({OURS}), {"record": carried})[7]


@pytest.mark.parametrize("kind", [EvidenceKind.MESSAGE_SENT, EvidenceKind.MESSAGE_RECEIVED])
@pytest.mark.parametrize(
    ("carried", "octets", "goes_in"),
    [
        ({OURS}, f"<m>{OURS}</m>", True),
        (set(), "<m/>", True),
        ({OURS, ANOTHERS}, f"<m>{OURS}</m>", False),
        ({OURS}, f"<m>{OURS}{ANOTHERS}</m>", False),
        (set(), f"<m>{ANOTHERS}</m>", False),
        ({OURS}, f"<m x='{ANOTHERS}'/>", False),
    ],
)
def test_a_message(kind: EvidenceKind, carried: set[str], octets: str, goes_in: bool) -> None:
    found = decided(kind, octets.encode(), frozenset(carried))
    if not goes_in:
        assert found is Withheld.OTHERS
        return
    assert isinstance(found, Entry)
    assert found.name == "messages/000000000007.xml"
    assert (found.read(), "sha256:" + found.digest.hex()) == (octets.encode(), sha256(octets.encode()))


def test_the_notice_and_its_receipts_go_in() -> None:
    seal, receipt = decided(EvidenceKind.SEALED_NOTICE), decided(EvidenceKind.RECEIPT)
    assert isinstance(seal, Entry)
    assert isinstance(receipt, Entry)
    assert (seal.name, receipt.name) == (f"notices/{OURS}/notice.xml", f"notices/{OURS}/receipt-000000000007.xml")


def test_what_stays_out() -> None:
    assert decided(EvidenceKind.PERSON_ACT) is Withheld.WORDS
    assert decided(EvidenceKind.MESSAGE_RECEIVED, refused="verify.unsigned") is Withheld.REFUSED
    assert decided(EvidenceKind.RECOVERY_BEGUN) is Withheld.OTHERS
    assert decided(EvidenceKind.CONFIGURATION_CHANGED) is Withheld.CONFIGURATION


@pytest.mark.parametrize("kind", [EvidenceKind.SEALED_NOTICE, EvidenceKind.RECEIPT, EvidenceKind.MESSAGE_SENT])
def test_what_was_deleted_says_by_which_rule(kind: EvidenceKind) -> None:
    assert decided(kind, deleted=sha256(b"")) == GONE


def test_a_message_is_gone_with_a_seal_that_it_carried() -> None:
    assert decided(EvidenceKind.MESSAGE_SENT, deleted="sha256:of-a-seal") == GONE
    others = frozenset({ANOTHERS})
    assert decided(EvidenceKind.MESSAGE_SENT, carried=others, deleted="sha256:of-a-seal") is Withheld.OTHERS


def test_a_damaged_message_stops_no_export() -> None:
    class Damaged(OnePayload):
        def payload(self, digest: str) -> bytes:
            raise GatewayError("store.payload-missing", where=digest, detail=self.detail)

        detail = "changed"

    store = Damaged(b"")
    assert selected(store, EvidenceKind.MESSAGE_RECEIVED) is Withheld.DAMAGED
    assert selected(store, EvidenceKind.COURTESY_MESSAGE) is Withheld.DAMAGED
    store.detail = "not there: payloads/3.bin"
    with pytest.raises(GatewayError):
        selected(store, EvidenceKind.MESSAGE_RECEIVED)
    store.detail = "changed"
    with pytest.raises(GatewayError):
        selected(store, EvidenceKind.RECEIPT)


@pytest.mark.parametrize(
    ("start", "name"), [(b"<m/>", "messages/000000000007.xml"), (b"eyJ", "messages/000000000007.jws")]
)
def test_a_message_s_name_says_its_form(start: bytes, name: str) -> None:
    found = decided(EvidenceKind.MESSAGE_SENT, start)
    assert isinstance(found, Entry)
    assert found.name == name


def test_a_file_taken_from_another_is_read_anew_and_names_its_source_where_it_cannot_be() -> None:
    source = held("notices/x/notice.xml", b"[paper]")
    taken = taken_from(source, "notices/x/paper.pdf", lambda octets: octets[1:-1])
    assert (taken.read(), taken.digest) == (b"paper", hashlib.sha256(b"paper").digest())
    assert taken.media_type == "application/pdf"

    def refuse(octets: bytes) -> bytes:
        raise ValueError("no paper in it")

    with pytest.raises(GatewayError) as refused:
        taken_from(source, "notices/x/paper.pdf", refuse)
    assert (refused.value.code, refused.value.where) == ("store.payload-missing", "notices/x/notice.xml")
