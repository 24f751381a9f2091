"""Receipts of a judiciary's own format, judged by an auditor who has no mapping of it."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from adapters.crypto.keys.certificate import read_pem
from adapters.crypto.keys.keys import Signer
from adapters.crypto.xml.document import sign_document
from adapters.verifier.trust.document_judge import SignatureJudge
from adapters.verifier.trust.foreign_receipt import doubt_of, is_foreign
from adapters.verifier.trust.trust_folder import Trust
from gateway.audit.audit import CannotTell
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, Header, evidence_record
from gateway.trust.trust_policy import UNSEEN_SEAL, Facts, Rejection
from tests.archive.recorder import reference
from tests.stranger import needs_xmlsec1
from tests.unit.crypto.samples import signer
from tests.unit.crypto.xades_templates import Form, signed_by_xmlsec1

S = "{urn:mizan:slip:3}"
SEAL = sha256(b"a sealed notice")


@pytest.fixture
def judiciary_signer(pki: Path) -> Signer:
    return signer(pki, "judiciary", "receipts")


@pytest.fixture
def judge(pki: Path) -> SignatureJudge:
    files = {
        f"{side}-{file.name}": file for side in ("municipality", "judiciary") for file in (pki / side).glob("*.crt.pem")
    }
    return SignatureJudge({name: read_pem(file) for name, file in files.items()}, Trust.of(pki / "anchors"))


def slip(by: Signer, *values: str, attribute: str = "") -> bytes:
    """A receipt in which values stand in depth, and one in an attribute."""
    root = etree.Element(f"{S}Slip", nsmap={"s": S[1:-1]}, Id="SL-1")
    head = etree.SubElement(root, f"{S}Head")
    for value in values:
        etree.SubElement(head, f"{S}Value").text = value
    if attribute:
        head.set("of", attribute)
    return sign_document(root, by, datetime.now(UTC))


def header(octets: bytes, passed: str = "about this notice") -> Header:
    now = datetime.now(UTC) + timedelta(seconds=1)
    record = evidence_record(
        id="receipt:SL-1",
        kind=EvidenceKind.RECEIPT,
        notice=reference(1),
        origin="court",
        destination="town",
        event_time=now,
        recorded_at=now,
        payload_digest=sha256(octets),
        context={"event": "ContentConsignment", "passed": passed},
    )
    return Header.of(record.header)


def judged(judge: SignatureJudge, octets: bytes) -> Facts:
    facts = judge.judge(header(octets), octets)
    assert facts is not None
    return facts


def test_the_reference_is_found_wherever_it_stands(judge: SignatureJudge, judiciary_signer: Signer) -> None:
    assert judged(judge, slip(judiciary_signer, "17", f"\n  {reference(1)}\n "))
    assert judged(judge, slip(judiciary_signer, "17", attribute=reference(1)))


def test_another_reference_is_another_notice(judge: SignatureJudge, judiciary_signer: Signer) -> None:
    with pytest.raises(Rejection) as refusal:
        judged(judge, slip(judiciary_signer, "17", reference(2)))
    assert refusal.value.code == "verify.about"


def test_one_that_names_two_may_be_the_others(judge: SignatureJudge, judiciary_signer: Signer) -> None:
    with pytest.raises(CannotTell, match="several notices"):
        judged(judge, slip(judiciary_signer, "17", reference(1), reference(2)))


def test_one_that_names_none_cannot_be_told_and_its_signature_holds(
    judge: SignatureJudge, judiciary_signer: Signer
) -> None:
    with pytest.raises(CannotTell) as doubt:
        judged(judge, slip(judiciary_signer, "17", f"about {reference(1)}"))
    assert doubt.value.facts.signer.subject


def test_who_signed_it_is_judged_as_ever(judge: SignatureJudge, pki: Path, judiciary_signer: Signer) -> None:
    with pytest.raises(Rejection) as refusal:
        judged(judge, slip(signer(pki, "municipality", "transport"), reference(1)))
    assert refusal.value.code == "verify.unknown-certificate"
    with pytest.raises(Rejection) as refusal:
        judged(judge, slip(judiciary_signer, reference(1), "17").replace(b">17<", b">18<"))
    assert refusal.value.code == "verify.digest"


@pytest.mark.parametrize(
    "form",
    [SEAL, SEAL.removeprefix("sha256:"), SEAL.removeprefix("sha256:").upper(),
     base64.b64encode(bytes.fromhex(SEAL.removeprefix("sha256:"))).decode()],
)  # fmt: skip
def test_the_seal_is_found_in_the_forms_that_digests_have(
    judge: SignatureJudge, judiciary_signer: Signer, form: str
) -> None:
    octets = slip(judiciary_signer, reference(1), form)
    assert is_foreign(octets)
    facts, record = judged(judge, octets), header(octets)
    assert "this notice and this seal" in doubt_of(record, facts, SEAL)
    assert "in no known form" in doubt_of(record, facts, sha256(b"another"))


def test_that_the_judiciary_never_saw_it_is_told_only_where_the_record_says_so(
    judge: SignatureJudge, judiciary_signer: Signer
) -> None:
    octets = slip(judiciary_signer, reference(1))
    facts = judged(judge, octets)
    assert UNSEEN_SEAL in doubt_of(header(octets, f"about this notice; {UNSEEN_SEAL}"), facts, SEAL)
    assert UNSEEN_SEAL not in doubt_of(header(octets), facts, SEAL)


@needs_xmlsec1
@pytest.mark.parametrize("place", ["enveloped", "enveloping", "detached"])
def test_an_auditor_reads_signatures_of_any_permitted_form(
    judge: SignatureJudge, judiciary_signer: Signer, pki: Path, tmp_path: Path, place: str
) -> None:
    inclusive, now = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", datetime.now(UTC).isoformat()
    time = f"<xades:SigningTime>{now}</xades:SigningTime>"
    content = f"<s:Reference>{reference(1)}</s:Reference>"
    form = Form(
        place=place,
        algorithm=judiciary_signer.algorithm,
        c14n=inclusive,
        transform=inclusive,
        time=time,
        content=content,
    )
    octets = signed_by_xmlsec1(form, judiciary_signer, pki / "judiciary" / "receipts.key.pem", tmp_path)
    assert is_foreign(octets)
    assert judged(judge, octets).signed_at.isoformat() == now
    for changed in (octets.replace(reference(1).encode(), reference(2).encode()), octets.replace(b"#sha256", b"#sha1")):
        with pytest.raises(Rejection):
            judged(judge, changed)


@needs_xmlsec1
@pytest.mark.parametrize("place", ["enveloped", "enveloping", "detached"])
def test_a_signer_of_no_anchor_is_told_as_that_and_not_as_another_form(
    pki: Path, judiciary_signer: Signer, tmp_path: Path, place: str
) -> None:
    """The auditor's folder has another root in the place of the judiciary's: the receipt is genuine."""
    inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    form = Form(
        place=place,
        algorithm=judiciary_signer.algorithm,
        c14n=inclusive,
        transform=inclusive,
        content=f"<s:Reference>{reference(1)}</s:Reference>",
    )
    octets = signed_by_xmlsec1(form, judiciary_signer, pki / "judiciary" / "receipts.key.pem", tmp_path)
    certificates = {"judiciary-receipts.crt.pem": read_pem(pki / "judiciary" / "receipts.crt.pem")}
    trust = Trust.of(pki / "anchors")
    judge = SignatureJudge(certificates, replace(trust, judiciary=trust.municipality))
    with pytest.raises(Rejection) as refusal:
        judged(judge, octets)
    assert refusal.value.code == "verify.unknown-certificate"
    assert refusal.value.where == judiciary_signer.certificate.subject
    assert "no anchor for the judiciary in your trust folder" in refusal.value.detail
