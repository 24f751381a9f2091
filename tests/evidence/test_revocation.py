"""Revocation lists in an evidence file: what they prove, and of what time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from adapters.crypto.xml.xades_reader import read_signatures
from adapters.verifier.evidence.evidence_file import verify_file
from adapters.verifier.evidence.evidence_revocation import Lists
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.evidence_file import SIGNATURES
from gateway.runtime.verdict import Verdict

from .authorities import Authorities, crl
from .forge import contents
from .town import Town

DAY = timedelta(days=1)
SEAL, RECEIPTS, ARCHIVE, ISSUING = "Article 100", "Judiciary Receipt", "Notice Archive", "Municipality Issuing"


def export(town: Town, path: Path, lists: Sequence[bytes]) -> Path:
    town.export(path, 4, lists=lists, lists_for=lambda _chain, _at: lists)
    return path


def test_with_lists_of_every_authority_nothing_is_left_open(town: Town, known: Authorities, tmp_path: Path) -> None:
    """B-LT, and all that is in it: whoever gets it needs nothing but what he trusts."""
    path = export(town, tmp_path / "four.asice", known.lists(town.now))
    audit = verify_file(path, town.trust)
    assert audit.verdict is Verdict.PASSED, audit.findings


def test_lists_are_asked_for_once_the_time_stamp_is_there(town: Town, known: Authorities, tmp_path: Path) -> None:
    asked: list[tuple[int, datetime]] = []

    def lists_for(chain: Sequence[bytes], at: datetime) -> Sequence[bytes]:
        subjects = [x509.load_der_x509_certificate(der).subject.rfc4514_string() for der in chain]
        assert any("Time Stamping Authority" in subject for subject in subjects), "the token was there"
        asked.append((len(chain), at))
        return known.lists(town.now)[:1]

    path = tmp_path / "four.asice"
    town.export(path, 4, lists_for=lists_for)
    assert len(asked) == 1
    signature = read_signatures(contents(path)[SIGNATURES])
    assert (len(signature.lists), len(signature.certificates)) == (1, asked[0][0])


@pytest.mark.parametrize("name", [SEAL, RECEIPTS, ARCHIVE, ISSUING])
def test_a_certificate_that_was_revoked_before(town: Town, known: Authorities, tmp_path: Path, name: str) -> None:
    path = export(town, tmp_path / "four.asice", known.lists(town.now, [(name, town.now - DAY)]))
    audit = verify_file(path, town.trust)
    assert [c for c, verdict in audit.verdicts.items() if verdict is Verdict.FAILED] == [EvidenceCheck.REVOCATION]
    assert {name in finding.subject for finding in audit.findings} == {True}
    assert "was revoked at" in audit.findings[0].reason


def test_one_that_was_revoked_afterwards_signed_well(town: Town, known: Authorities, tmp_path: Path) -> None:
    lists = known.lists(town.now + 2 * DAY, [(SEAL, town.now + DAY)])
    assert verify_file(export(town, tmp_path / "four.asice", lists), town.trust).verdict is Verdict.PASSED


@pytest.fixture
def holder(known: Authorities) -> object:
    return next(each for each in known.holders if ISSUING in each.certificate.subject.rfc4514_string())


def standing(known: Authorities, at: datetime, *ders: bytes) -> Verdict:
    authorities = [each.certificate for each in known.holders]
    return Lists.of(ders, authorities).standing(known.certificate(SEAL), at)[0]


def test_what_a_list_says_of_a_time(town: Town, known: Authorities, holder: object) -> None:
    now = town.now
    assert standing(known, now) is Verdict.INDETERMINATE
    assert standing(known, now, crl(holder, now + DAY, {})) is Verdict.PASSED, "of later"
    assert standing(known, now, crl(holder, now - DAY, {}, days=2)) is Verdict.PASSED, "in force then"
    assert standing(known, now, crl(holder, now - 3 * DAY, {}, days=2)) is Verdict.INDETERMINATE, "over by then"
    expired = known.certificate(SEAL).not_valid_after_utc + DAY
    assert standing(known, now, crl(holder, expired, {})) is Verdict.INDETERMINATE, "it need not list it any more"


def test_a_list_that_says_less_is_passed_by(town: Town, known: Authorities, holder: object) -> None:
    assert standing(known, town.now, crl(holder, town.now + DAY, {}, partial=True)) is Verdict.INDETERMINATE
    assert standing(known, town.now, b"no list") is Verdict.INDETERMINATE


def test_a_list_under_the_issuers_name_by_another_key(town: Town, known: Authorities, holder: object) -> None:
    other = next(each for each in known.holders if each is not holder)
    forged = type(holder)(certificate=holder.certificate, key=other.key)  # type: ignore[call-arg, attr-defined]
    assert standing(known, town.now, crl(forged, town.now + DAY, {})) is Verdict.INDETERMINATE


def test_a_key_that_was_in_other_hands_since_before(town: Town, known: Authorities, holder: object) -> None:
    number = known.certificate(SEAL).serial_number
    entries = {number: town.now + DAY}
    assert standing(known, town.now, crl(holder, town.now + 2 * DAY, entries)) is Verdict.PASSED
    since = town.now - DAY
    found = standing(known, town.now, crl(holder, town.now + 2 * DAY, entries, invalid_since=since))
    assert found is Verdict.FAILED
