"""What goes into an evidence file: of a message nothing, if it carried or speaks of anybody else."""

from __future__ import annotations

import pytest

from gateway.evidence import EvidenceKind, Header, evidence_record
from gateway.evidence_file import Withheld
from gateway.evidence_payloads import Entry, payloads_of
from gateway.notice import sha256
from tests.conformance.builders import NOW

OURS, ANOTHERS = "EB-" + "A" * 32, "EB-" + "B" * 32


class OnePayload:
    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def payload(self, digest: str) -> bytes:
        assert digest == sha256(self._octets)
        return self._octets


def decided(
    kind: EvidenceKind, octets: bytes = b"", carried: frozenset[str] = frozenset(), **context: str
) -> Entry | Withheld:
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
    return payloads_of(OnePayload(octets), headers, frozenset({OURS}), {"record": carried})[7]


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
