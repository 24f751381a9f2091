"""Signatures and revocation lists of an evidence file, for `gateway.trust.revocation_status`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

from adapters.crypto.keys.revocation_list import links, read_lists
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.runtime.verdict import Verdict
from gateway.trust.revocation_status import Standing

OF_DOCUMENT: Final = frozenset[Standing]()
OF_FILE: Final = frozenset({Standing.NOT_KNOWN_THEN})
OF_TOKEN: Final = frozenset({Standing.NOT_KNOWN_THEN, Standing.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Use:
    """Signature: its signer's ``chain``, which ends with the anchor, and its time.

    A finding with one of the standings ``beside`` does not affect the answer (`gateway.audit.evidence_answer`). Every
    list in an evidence file is older than the file's own signature. That alone blocks no answer: receipts and seals
    have signatures of their own.
    """

    beside: frozenset[Standing]
    chain: Sequence[x509.Certificate]
    at: datetime


def audit_revocation(audit: EvidenceAudit, uses: Iterable[Use], ders: Iterable[bytes]) -> None:
    """Judge each certificate of each chain at its time. A doubt is added once, for the most important signature."""
    in_order = sorted(uses, key=lambda use: len(use.beside))
    authorities = dict.fromkeys(issuer for use in in_order for issuer in use.chain[1:])
    lists = read_lists(ders, authorities.keys(), audit.file)
    told: set[tuple[str, str]] = set()
    for use in in_order:
        for link in links(use.chain):
            found = lists.then([link], use.at)
            verdict, reason = found.verdict(use.at)
            if verdict is Verdict.PASSED:
                audit.passed[EvidenceCheck.REVOCATION] += 1
            elif (link.subject, reason) not in told:
                told.add((link.subject, reason))
                beside = found.standing in use.beside
                audit.add(EvidenceCheck.REVOCATION, link.subject, reason, verdict, beside=beside)
