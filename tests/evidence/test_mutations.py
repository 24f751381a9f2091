"""Any change of an evidence file has a verdict, and accepted content is the signed one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from adapters.crypto.xml.asic import read_manifest
from adapters.crypto.xml.xades_reader import read_signatures
from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.evidence_file import MANIFEST, SIGNATURES
from gateway.runtime.verdict import Verdict
from gateway.trust.trust_policy import Rejection
from tests.unit.crypto.test_mutations import octet_edits, replaced

from .forge import contents, write
from .notice_recorder import NoticeRecorder

# A file is judged some thousand times more slowly than a message; `make fuzz` is for what is quick.
FEW = settings(max_examples=80, deadline=None, database=None)
MANY = settings(max_examples=300, deadline=None, database=None)


@FEW
@given(edits=octet_edits)
def test_octets_changed_anywhere(
    exported: Path, recorder: NoticeRecorder, edits: list[tuple[float, int, bytes]]
) -> None:
    octets = replaced(exported.read_bytes(), edits)
    path = exported.with_name("mutated.asice")
    path.write_bytes(octets)
    audit = verify_file(path, recorder.trust)
    if audit.verdict is not Verdict.FAILED:
        assert contents(path) == contents(exported)


@pytest.mark.long
@FEW
@given(edits=octet_edits)
def test_a_signature_changed_in_its_place(
    exported: Path, recorder: NoticeRecorder, edits: list[tuple[float, int, bytes]]
) -> None:
    good = contents(exported)
    path = exported.with_name("signature.asice")
    write(path, list({**good, SIGNATURES: replaced(good[SIGNATURES], edits)}.items()))
    audit = verify_file(path, recorder.trust)
    if audit.verdict_of(EvidenceCheck.SIGNATURE) is Verdict.PASSED:
        # What is not signed in it: the time-stamp, certificates, lists. Each proves itself.
        assert read_signatures(contents(path)[SIGNATURES]).info == read_signatures(good[SIGNATURES]).info


@MANY
@given(edits=octet_edits)
def test_a_signature_is_read_or_refused(exported: Path, edits: list[tuple[float, int, bytes]]) -> None:
    good = contents(exported)[SIGNATURES]
    try:
        found = read_signatures(replaced(good, edits))
    except Rejection:
        return
    # What is covered by the signature itself cannot be another and still be read as the same.
    same = read_signatures(good)
    assert (found.digests == same.digests) or (found.info != same.info)


@MANY
@given(edits=octet_edits)
def test_a_manifest_is_read_or_refused(exported: Path, edits: list[tuple[float, int, bytes]]) -> None:
    good = contents(exported)[MANIFEST]
    try:
        assert isinstance(read_manifest(replaced(good, edits)), dict)
    except Rejection:
        return
