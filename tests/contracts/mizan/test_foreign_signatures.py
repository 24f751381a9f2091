"""Slips whose signature has a form of its own: the profile states the policy, and its mapping reads what is covered."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.settings import load_profile
from gateway.judiciary.courier import RawReceipt
from gateway.receipts.receipt_formats import OTHER_FORM
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection
from tests.contracts.binding import judge_of
from tests.stranger import needs_xmlsec1
from tests.unit.crypto.samples import signer
from tests.unit.crypto.xades_templates import Form, signed_by_xmlsec1

from .server import PROFILE, S

pytestmark = needs_xmlsec1
CONTENT = "".join(
    f"<s:{name}>{text}</s:{name}>"
    for name, text in {
        "SlipNo": "SL-1",
        "SenderRef": "EB-1",
        "Ticket": "MZ-1",
        "Hash": "0" * 64,
        "Happening": "3",
        "When": "1404/11/14 13:00:15",
    }.items()
)
POLICY = """
[receipt.signature]
place = "{place}"
canonicalizations = ["inclusive"]
digests = ["sha512"]
algorithms = ["rsa-sha512"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROFILE, tmp_path / "mizan"))


def agreed(folder: Path, place: str) -> Path:
    file, schema = folder / "profile.toml", folder / "slip.xsd"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("\n[codes]", POLICY.format(place=place) + "\n[codes]"), encoding="utf-8")
    if place != "enveloped":
        text = schema.read_text(encoding="utf-8")
        schema.write_text(text.replace("<xs:any ", '<xs:any minOccurs="0" '), encoding="utf-8")
    return folder


def slip(pki: Path, folder: Path, place: str, **other: str) -> bytes:
    uris = {"algorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"}
    uris |= {"digest": "http://www.w3.org/2001/04/xmlenc#sha512", "c14n": INCLUSIVE, "transform": INCLUSIVE, **other}
    time = f"<xades:SigningTime>{datetime.now(UTC).isoformat()}</xades:SigningTime>"
    form = Form(place=place, namespace=S[1:-1], content=CONTENT, time=time, **uris)  # type: ignore[arg-type]
    return signed_by_xmlsec1(form, signer(pki, "judiciary", "receipts"), pki / "judiciary/receipts.key.pem", folder)


INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


@pytest.mark.parametrize("place", ["enveloped", "enveloping", "detached"])
def test_a_slip_in_the_form_that_the_profile_states_is_read(
    pki: Path, folder: Path, tmp_path: Path, place: str
) -> None:
    judge, octets = judge_of(agreed(folder, place), pki), slip(pki, tmp_path, place)
    judgement = judge.judge(RawReceipt(octets=octets), datetime.now(UTC))
    claims = judgement.facts.claims
    assert (claims["Reference"], claims["Event"], claims["TrackingNumber"]) == ("EB-1", "ContentHandover", "MZ-1")
    assert judge.read(octets) == claims
    with pytest.raises(Rejection) as refusal:
        judge.judge(RawReceipt(octets=octets.replace(b">3<", b">1<")), datetime.now(UTC))
    assert refusal.value.code == "verify.digest"


def test_another_form_than_the_stated_one_is_none(pki: Path, folder: Path, tmp_path: Path) -> None:
    octets = slip(pki, tmp_path, "enveloped")
    with pytest.raises(Rejection):
        judge_of(PROFILE, pki).judge(RawReceipt(octets=octets), datetime.now(UTC))
    with pytest.raises(Rejection) as refusal:
        judge_of(agreed(folder, "detached"), pki).judge(RawReceipt(octets=octets), datetime.now(UTC))
    assert refusal.value.code in OTHER_FORM, "then an earlier profile may read it"


def test_without_a_demanded_time_of_signing_check_tells_the_loss(folder: Path) -> None:
    assert "lost.signing-time" not in load_profile(str(agreed(folder, "detached")), Path()).losses
    file = folder / "profile.toml"
    text = file.read_text(encoding="utf-8").replace('place = "detached"', 'place = "detached"\nsigning_time = false')
    file.write_text(text, encoding="utf-8")
    assert "lost.signing-time" in load_profile(str(folder), Path()).losses


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ('algorithms = ["rsa-sha512"]', 'algorithms = ["rsa-sha1"]'),
        ('digests = ["sha512"]', "digests = []"),
        ('canonicalizations = ["inclusive"]', 'canonicalizations = ["any"]'),
        ('place = "detached"', 'place = "detached"\ninside = "{urn:x}Signatures"'),
        ("[receipt.signature]", '[receipt.jws]\npayload = "x"\n[receipt.signature]'),
    ],
)
def test_a_policy_that_is_none_is_refused_with_its_line(folder: Path, told: str, wrong: str) -> None:
    file = agreed(folder, "detached") / "profile.toml"
    text = file.read_text(encoding="utf-8")
    assert told in text
    file.write_text(text.replace(told, wrong), encoding="utf-8")
    with pytest.raises(GatewayError) as error:
        load_profile(str(folder), Path())
    assert error.value.code.startswith("config.")
    assert "profile.toml, line" in str(error.value.where)
