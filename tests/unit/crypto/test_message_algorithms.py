"""Algorithms, transforms and references that xmlsec would run, follow or believe."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.crypto.keys import names

from .edits import (
    BODY_REFERENCE,
    DS,
    EC,
    HMAC,
    INCLUSIVE,
    RSA_SHA1,
    SHA1,
    STYLESHEET,
    XSLT,
    add,
    another_reference,
    claiming,
    drop,
    put,
    transform,
)
from .forge import Edit, edited, resigned
from .refusals import refused, resign
from .samples import JudiciaryService


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (put(".//ds:CanonicalizationMethod", Algorithm=INCLUSIVE), "verify.algorithm"),
        (put(".//ds:CanonicalizationMethod", Algorithm=names.EXC_C14N + "WithComments"), "verify.algorithm"),
        (put(".//ds:SignatureMethod", Algorithm=RSA_SHA1), "verify.algorithm"),
        (put(f"{BODY_REFERENCE}/ds:DigestMethod", Algorithm=SHA1), "verify.algorithm"),
        (put(f"{BODY_REFERENCE}//ds:Transform", Algorithm=INCLUSIVE), "verify.transform"),
        (put(f"{BODY_REFERENCE}//ds:Transform", Algorithm=names.EXC_C14N + "WithComments"), "verify.transform"),
        (put(f"{BODY_REFERENCE}//ds:Transform", Algorithm=names.ENVELOPED), "verify.transform"),
        (add(f"{BODY_REFERENCE}/ds:Transforms", f"{DS}Transform", Algorithm=names.EXC_C14N), "verify.transform"),
        (add(f"{BODY_REFERENCE}//ds:Transform", f"{EC}InclusiveNamespaces", PrefixList="soap"), "verify.transform"),
        (put(BODY_REFERENCE, Type="urn:x"), "verify.reference"),
        (put(".//ds:Reference[@URI='#M-To']", URI="#M-Action"), "verify.reference"),
        (drop(f"{BODY_REFERENCE}/ds:Transforms"), "verify.shape"),
    ],
)  # fmt: skip
def test_a_signature_that_is_valid_by_other_rules(
    judiciary: JudiciaryService, wire: bytes, edit: Edit, code: str
) -> None:
    assert refused(judiciary, resign(judiciary, wire, edit)).code == code


@pytest.mark.parametrize("uri", ["#M-Body", "#xpointer(id('M-Body'))"])
def test_a_reference_that_xmlsec_follows(judiciary: JudiciaryService, wire: bytes, uri: str) -> None:
    assert refused(judiciary, resign(judiciary, wire, another_reference(uri))).code == "verify.reference"


@pytest.mark.parametrize("uri", [None, "", "#", "#nowhere", "M-Body", "http://127.0.0.1:9/x", "#M-Body "])
def test_a_reference_that_leads_nowhere(judiciary: JudiciaryService, wire: bytes, uri: str | None) -> None:
    assert refused(judiciary, edited(wire, another_reference(uri))).code == "verify.reference"


def test_a_reference_to_a_file_is_not_followed(judiciary: JudiciaryService, wire: bytes, tmp_path: Path) -> None:
    file = tmp_path / "outside.xml"
    file.write_text("<outside/>")
    octets = resign(judiciary, wire, another_reference(file.as_uri()))
    assert refused(judiciary, octets).code == "verify.reference"


def test_an_xslt_transform_does_not_run(judiciary: JudiciaryService, wire: bytes) -> None:
    edit = transform(f"{BODY_REFERENCE}//ds:Transform", XSLT, STYLESHEET)
    assert refused(judiciary, resign(judiciary, wire, edit)).code == "verify.transform"


def test_a_public_key_is_no_hmac_secret(judiciary: JudiciaryService, wire: bytes) -> None:
    octets = resigned(wire, put(".//ds:SignatureMethod", Algorithm=HMAC), judiciary.transport.certificate.der)
    assert refused(judiciary, octets).code == "verify.algorithm"


def test_an_rsa_key_verifies_nothing_of_ecdsa(judiciary: JudiciaryService, wire: bytes) -> None:
    octets = edited(wire, claiming(names.ECDSA_SHA256, judiciary.transport))
    assert refused(judiciary, octets).code == "verify.signature"


def test_a_signature_method_has_no_parameters(judiciary: JudiciaryService, wire: bytes) -> None:
    octets = edited(wire, add(".//ds:SignatureMethod", f"{DS}HMACOutputLength"))
    assert refused(judiciary, octets).code == "verify.algorithm"
