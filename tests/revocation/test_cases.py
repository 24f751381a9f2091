"""The table of cases in docs/operate/revocation.md: each row with real lists, before the gateway and both verifiers.

The `cryptography` library makes certificates and lists; no code of the gateway has part in it.

A document is signed at `T` with a certificate that a root's issuing authority issued. The lists of a row are those of
the issuing authority; one of the root, issued later, proves the authority good, unless the row says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from adapters.crypto.keys.revocation_list import read_lists
from adapters.shipped.resources import ROOT as TREE
from adapters.verifier.archive.list_index import ArchivedRevocation
from adapters.verifier.archive.segment_reader import ZipSegment
from adapters.verifier.evidence.evidence_revocation import OF_DOCUMENT, OF_FILE, OF_TOKEN, Use, audit_revocation
from gateway.audit.audit import SegmentAudit
from gateway.audit.audit_recipe import Check
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.audit.revocation_audit import RevocationCheck
from gateway.notice.notice import sha256
from gateway.trust.revocation_status import Requirement, Revocations
from gateway.trust.trust_policy import Facts, Rejection, SignerFacts
from tests.revocation.listed_cases import CASES, END, FAILED, HOUR, OPEN, PASSED, ROOT, UNKNOWN, Case, T, listed


def facts(signed_at: datetime = T) -> Facts:
    signer = SignerFacts(
        thumbprint=sha256(END.public_bytes(Encoding.DER)),
        subject="CN=end",
        not_before=END.not_valid_before_utc,
        not_after=END.not_valid_after_utc,
    )
    return Facts(covered={}, claims={}, signer=signer, signed_at=signed_at, expires_at=None, replay_key="")


@dataclass(frozen=True)
class Segment:
    """As much of a segment as its lists need."""

    lists: Sequence[bytes]
    name: str = "000000000000-000000000001.zip"

    def revocation_lists(self) -> dict[str, bytes]:
        return {sha256(der): der for der in self.lists}

    def following(self) -> Path | None:
        return None


def archive_verify(case: Case, brought: Sequence[bytes] = ()) -> SegmentAudit:
    audit = SegmentAudit(file="segment")
    segment = cast("ZipSegment", Segment(case.ders))
    RevocationCheck(ArchivedRevocation(segment, brought, lambda: [case.partner]), audit).judge("record 1", facts())
    return audit


def verdict_of(audit: SegmentAudit) -> str:
    found = {each.verdict.value for each in audit.findings}
    return next((each for each in (FAILED, OPEN) if each in found), PASSED if audit.passed[Check.REVOCATION] else OPEN)


def evidence_verify(case: Case, beside: frozenset[Any] = OF_DOCUMENT) -> EvidenceAudit:
    audit = EvidenceAudit(file="notice.asice")
    audit_revocation(audit, [Use(beside, [END, case.issuing, ROOT], T)], case.ders)
    return audit


def online(case: Case, requirement: Requirement) -> str:
    lists = read_lists(case.ders, case.partner.authorities, "lists")
    asked = Revocations(chains=case.partner, lists=lambda: lists, requirement=requirement)
    try:
        [passed] = asked.at_signing().check(facts())
    except Rejection as refused:
        return refused.code
    return passed.replace("certificate not revoked at the time of signing", "believed")


@pytest.mark.parametrize("name", CASES)
def test_every_judge_says_what_the_row_says(name: str) -> None:
    case = CASES[name]
    archive, evidence = archive_verify(case), evidence_verify(case)
    assert verdict_of(archive) == case.offline
    assert evidence.verdict_of(EvidenceCheck.REVOCATION) == case.offline
    assert online(case, Requirement.REQUIRE) == case.online
    assert online(case, Requirement.IF_KNOWN) == ("revocation not known" if case.online == UNKNOWN else case.online)
    # The reason is one, too: the archive's finding says whose certificate it is, the evidence file's is about it.
    reported = {f"{each.subject}, {each.reason}" for each in evidence.findings}
    assert {each.reason for each in archive.findings} <= reported
    assert bool(reported) is (case.offline != PASSED)


def test_the_page_has_the_same_rows() -> None:
    page = (TREE / "docs" / "operate" / "revocation.md").read_text(encoding="utf-8")
    table = page.partition("| case | ")[2].partition("\n\n")[0].splitlines()[2:]
    rows = [tuple(cell.strip(" `") for cell in row.strip("|").split(" | ")) for row in table]
    assert rows == [(name, case.online, case.offline, case.offline) for name, case in CASES.items()]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no list", "no list of its authority is here that can be used"),
        ("delta list", "no list of its authority is here that can be used"),
        ("list issued before T, over by T", "no list of its authority for that time"),
        ("list of another distribution point", "the lists of its authority that are here are of other certificates"),
        (
            "list issued after the certificate expired",
            "the lists of its authority that are here were issued after it expired, and may leave it out",
        ),
        (
            "list issued before T, in force at T",
            "the list of 2026-02-03T08:30:00.000000Z, next due 2026-02-04T08:30:00.000000Z, is older than the"
            " signature; a later one proves it",
        ),
    ],
)
def test_a_doubt_has_its_reason(name: str, said: str) -> None:
    [finding] = evidence_verify(CASES[name]).findings
    assert (finding.subject, finding.reason) == ("CN=end", f"serial {END.serial_number:x}: {said}")


def test_a_list_that_the_auditor_brings_along_proves_what_an_older_one_leaves_open() -> None:
    audit = archive_verify(CASES["list issued before T, in force at T"], brought=[listed(T + HOUR)])
    assert verdict_of(audit) == PASSED


@pytest.mark.parametrize(
    ("name", "of_file", "of_token"),
    [
        ("list issued before T, in force at T", True, True),
        ("no list", False, True),
        ("revoked before T", False, False),
    ],
)
def test_what_is_left_open_of_the_files_own_signature_stands_beside_the_answer(
    name: str, of_file: bool, of_token: bool
) -> None:
    for beside, expected in ((OF_DOCUMENT, False), (OF_FILE, of_file), (OF_TOKEN, of_token)):
        assert [each.beside for each in evidence_verify(CASES[name], beside).findings] == [expected]
