"""Revocation lists in an evidence file, from export to answer. `tests/revocation/test_cases.py` has all the cases."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from adapters.crypto.xml.xades_reader import read_signatures
from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.audit.evidence_answer import headline, is_beside
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.evidence_file import SIGNATURES
from gateway.runtime.verdict import Verdict

from .authorities import Authorities
from .forge import contents
from .notice_recorder import NoticeRecorder

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
OPEN, LATER_ONE = Verdict.INDETERMINATE, " than the signature; a later one proves it"
SEAL, RECEIPTS, ARCHIVE, ISSUING = "Article 100", "Judiciary Receipt", "Notice Archive", "Municipality Issuing"


def export(recorder: NoticeRecorder, path: Path, lists: Sequence[bytes]) -> Path:
    recorder.export(path, 4, lists=lists, lists_for=lambda _chain, _at: lists)
    return path


def test_with_lists_of_every_authority_nothing_is_left_open(
    recorder: NoticeRecorder, known: Authorities, tmp_path: Path
) -> None:
    """B-LT, and all that is in it: whoever gets it needs nothing but what he trusts."""
    path = export(recorder, tmp_path / "four.asice", known.lists(recorder.now + SECOND))
    audit = verify_file(path, recorder.trust)
    assert audit.verdict is Verdict.PASSED, audit.findings


def test_lists_are_asked_for_once_the_time_stamp_is_there(
    recorder: NoticeRecorder, known: Authorities, tmp_path: Path
) -> None:
    asked: list[tuple[int, datetime]] = []

    def lists_for(chain: Sequence[bytes], at: datetime) -> Sequence[bytes]:
        subjects = [x509.load_der_x509_certificate(der).subject.rfc4514_string() for der in chain]
        assert any("Time Stamping Authority" in subject for subject in subjects), "the token was there"
        asked.append((len(chain), at))
        return known.lists(recorder.now)[:1]

    path = tmp_path / "four.asice"
    recorder.export(path, 4, lists_for=lists_for)
    assert len(asked) == 1
    signature = read_signatures(contents(path)[SIGNATURES])
    assert (len(signature.lists), len(signature.certificates)) == (1, asked[0][0])


@pytest.mark.parametrize("name", [SEAL, RECEIPTS, ARCHIVE, ISSUING])
def test_a_certificate_that_was_revoked_before(
    recorder: NoticeRecorder, known: Authorities, tmp_path: Path, name: str
) -> None:
    path = export(recorder, tmp_path / "four.asice", known.lists(recorder.now + SECOND, [(name, recorder.now - DAY)]))
    audit = verify_file(path, recorder.trust)
    assert [c for c, verdict in audit.verdicts.items() if verdict is Verdict.FAILED] == [EvidenceCheck.REVOCATION]
    assert {name in finding.subject for finding in audit.findings} == {True}
    assert ", revoked " in audit.findings[0].reason


def test_one_that_was_revoked_afterwards_signed_well(
    recorder: NoticeRecorder, known: Authorities, tmp_path: Path
) -> None:
    lists = known.lists(recorder.now + 2 * DAY, [(SEAL, recorder.now + DAY)])
    assert verify_file(export(recorder, tmp_path / "four.asice", lists), recorder.trust).verdict is Verdict.PASSED


def test_lists_that_are_older_than_receipts_and_seals_leave_the_answer_open(
    recorder: NoticeRecorder, known: Authorities, tmp_path: Path
) -> None:
    path = export(recorder, tmp_path / "four.asice", known.lists(recorder.now - HOUR))
    audit = verify_file(path, recorder.trust)
    assert (audit.verdicts[EvidenceCheck.REVOCATION], headline(audit)[0]) == (OPEN, OPEN)
    assert {finding.reason.partition("is older")[2] for finding in audit.findings} == {LATER_ONE}
    trust = Path(shutil.copytree(recorder.trust, tmp_path / "trust"))
    for number, der in enumerate(known.lists(recorder.now + SECOND)):
        (trust / f"{number}.crl").write_bytes(der)
    assert verify_file(path, trust).verdict is Verdict.PASSED, "the auditor's own lists prove it"


def test_lists_that_are_older_than_the_files_own_signature_leave_the_answer_as_it_is(
    recorder: NoticeRecorder, known: Authorities, tmp_path: Path
) -> None:
    """No list can be newer than a file in which it stands. Receipts and seals have signatures of their own."""
    audit = verify_file(export(recorder, tmp_path / "four.asice", known.lists(recorder.now - SECOND)), recorder.trust)
    assert audit.verdicts[EvidenceCheck.REVOCATION] is OPEN
    assert headline(audit)[0] is Verdict.PASSED
    assert is_beside(audit, EvidenceCheck.REVOCATION)
    assert any(ARCHIVE in finding.subject for finding in audit.findings)
