"""Documents with one fault each, signed by xmlsec where it would sign them."""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Callable

import pytest
from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.xml.document import DocumentVerifier, sign_document
from gateway.trust.trust_policy import Rejection

from .conftest import SIGNED_AT
from .edits import INCLUSIVE, drop, put, say, wrapped
from .forge import Edit, believed_by_xmlsec, canonical_octets, edited, find, resigned
from .samples import JudiciaryService, N, notice

DS = f"{{{names.DS}}}"
XADES = f"{{{names.XADES}}}"
ROOT_REFERENCE = ".//ds:Reference[1]"
PROPERTIES_REFERENCE = ".//ds:Reference[2]"


def refused(judiciary: JudiciaryService, octets: bytes) -> Rejection:
    with pytest.raises(Rejection) as refusal:
        judiciary.documents.examine(octets)
    return refusal.value


def resign(judiciary: JudiciaryService, seal: bytes, edit: Edit) -> bytes:
    octets = resigned(seal, edit, judiciary.pki / "municipality" / "seal-article-100.key.pem")
    assert believed_by_xmlsec(octets, judiciary.seal)
    return octets


def test_the_forger_changes_nothing_but_what_it_is_told(judiciary: JudiciaryService, seal: bytes) -> None:
    assert resign(judiciary, seal, lambda root: None) == seal


def test_a_changed_content(judiciary: JudiciaryService, seal: bytes) -> None:
    refusal = refused(judiciary, seal.replace(b"<n:Number>7<", b"<n:Number>8<"))
    assert (refusal.code, refusal.where) == ("verify.digest", "Notice")


def test_a_changed_signing_time(judiciary: JudiciaryService, seal: bytes) -> None:
    refusal = refused(judiciary, seal.replace(b"SigningTime>2026", b"SigningTime>2025"))
    assert (refusal.code, refusal.where) == ("verify.digest", "SignedProperties")


def test_a_changed_signed_info(judiciary: JudiciaryService, seal: bytes) -> None:
    octets = seal.replace(b'-reference" URI', b'-referencf" URI')
    assert refused(judiciary, octets).code == "verify.signature"


def test_a_document_without_a_signature(judiciary: JudiciaryService) -> None:
    assert refused(judiciary, canonical_octets(notice("EB-" + "A" * 32))).code == "verify.unsigned"


def test_a_document_of_a_stranger(judiciary: JudiciaryService) -> None:
    octets = sign_document(notice("EB-" + "A" * 32), judiciary.stranger, SIGNED_AT)
    assert refused(judiciary, octets).code == "verify.unknown-certificate"


def test_a_strangers_signature_under_the_partners_certificate(judiciary: JudiciaryService, seal: bytes) -> None:
    octets = resigned(seal, lambda root: None, judiciary.pki / "judiciary" / "transport.key.pem")
    assert refused(judiciary, octets).code == "verify.signature"


def test_another_kind_of_document(judiciary: JudiciaryService, seal: bytes, schema: etree.XMLSchema) -> None:
    receipts = DocumentVerifier(judiciary.partner, f"{{{names.RECEIPT}}}Receipt", schema)
    with pytest.raises(Rejection) as refusal:
        receipts.examine(seal)
    assert refusal.value.code == "verify.shape"


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda seal: seal + b"\n",
        lambda seal: b'<?xml version="1.0"?>' + seal,
        lambda seal: seal.replace(b' version="1"', b" version='1'"),
        lambda seal: seal.replace(b' version="1"', b'  version="1"'),
        lambda seal: seal.replace(b"<n:Number>7<", b"<n:Number>&#55;<"),
        lambda seal: seal.replace(b"<n:Number>7<", b"<n:Number><![CDATA[7]]><"),
        lambda seal: seal.replace(b"</ds:Signature>", b"</ds:Signature >"),
        lambda seal: seal.replace(b"</ds:Signature>", b"</ds:Signature>\n"),
        lambda seal: seal.replace(b"<n:Paper>", b'<n:Paper xmlns:n="urn:eblagh:notice:1">'),
        lambda seal: seal.replace(b"<n:Notice", b'<n:Notice xmlns:unused="urn:x"', 1),
    ],
)
def test_octets_that_mean_the_same_and_are_not_canonical(
    judiciary: JudiciaryService, seal: bytes, rewrite: Callable[[bytes], bytes]
) -> None:
    octets = rewrite(seal)
    assert octets != seal
    assert refused(judiciary, octets).code == "verify.not-canonical"


@pytest.mark.parametrize(
    "edit",
    [
        say(".//n:Reference", "EB-1"),
        say(".//n:Revision", "0"),
        say(".//n:IssuedOn", "1404-11-14x"),
        drop(".//n:District"),
        lambda root: etree.SubElement(find(root, ".//n:Case"), f"{N}Unknown"),
        put(".", version="2"),
        lambda root: find(root, ".//n:Case").set("{urn:x}other", "1"),
        put(".//ds:SignatureValue", Id="x"),
        put(".//ds:SignedInfo", Id="x"),
        say(".//xades:MimeType", "text/plain"),
    ],
)
def test_a_signed_document_that_does_not_fit_its_schema(judiciary: JudiciaryService, seal: bytes, edit: Edit) -> None:
    assert refused(judiciary, resign(judiciary, seal, edit)).code == "verify.schema"


def test_a_schema_error_names_the_element_and_never_its_value(judiciary: JudiciaryService, seal: bytes) -> None:
    refusal = refused(judiciary, resign(judiciary, seal, say(".//n:Identifier", "9990000000x")))
    assert refusal.where == "Identifier"
    assert refusal.detail == "line 1: SCHEMAV_CVC_PATTERN_VALID"
    assert "999" not in str(refusal)


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (put(".//ds:CanonicalizationMethod", Algorithm=INCLUSIVE), "verify.algorithm"),
        (put(f"{ROOT_REFERENCE}//ds:Transform[2]", Algorithm=INCLUSIVE), "verify.transform"),
        (put(f"{PROPERTIES_REFERENCE}//ds:Transform", Algorithm=INCLUSIVE), "verify.transform"),
        (drop(f"{ROOT_REFERENCE}//ds:Transform[2]"), "verify.transform"),
        (drop(PROPERTIES_REFERENCE), "verify.coverage"),
        (lambda root: find(root, PROPERTIES_REFERENCE).attrib.pop("Type"), "verify.reference"),
        (put(PROPERTIES_REFERENCE, Type="urn:x"), "verify.reference"),
        (put(ROOT_REFERENCE, Type="urn:x"), "verify.reference"),
        (put(".//xades:QualifyingProperties", Target="#other"), "verify.shape"),
        (put(".//xades:DataObjectFormat", ObjectReference="#other"), "verify.shape"),
        (say(".//xades:SigningTime", "2026-02-03T09:30:15"), "verify.shape"),
    ],
)
def test_a_signature_that_is_valid_by_other_rules(
    judiciary: JudiciaryService, seal: bytes, edit: Edit, code: str
) -> None:
    assert refused(judiciary, resign(judiciary, seal, edit)).code == code


def test_only_the_properties_are_signed(judiciary: JudiciaryService, seal: bytes) -> None:
    assert refused(judiciary, resign(judiciary, seal, drop(ROOT_REFERENCE))).code == "verify.coverage"


def test_the_enveloped_signature_transform_comes_first(judiciary: JudiciaryService, seal: bytes) -> None:
    def swapped(root: etree._Element) -> None:
        transforms = find(root, f"{ROOT_REFERENCE}/ds:Transforms")
        transforms[:] = reversed(transforms)

    assert refused(judiciary, edited(seal, swapped)).code == "verify.transform"


def test_without_the_enveloped_signature_transform(judiciary: JudiciaryService, seal: bytes) -> None:
    assert refused(judiciary, edited(seal, drop(f"{ROOT_REFERENCE}//ds:Transform[1]"))).code == "verify.transform"


def test_properties_that_speak_of_another_certificate(judiciary: JudiciaryService, seal: bytes) -> None:
    other = base64.b64encode(hashlib.sha256(judiciary.stranger.certificate.der).digest()).decode()
    octets = resign(judiciary, seal, say(".//xades:CertDigest/ds:DigestValue", other))
    refusal = refused(judiciary, octets)
    assert (refusal.code, refusal.where) == ("verify.shape", "Cert")


def second_signature(root: etree._Element) -> etree._Element:
    twin = copy.deepcopy(find(root, "ds:Signature"))
    for element in twin.iter():
        if "Id" in element.attrib:
            element.set("Id", "twin-" + element.attrib["Id"])
    return twin


@pytest.mark.parametrize(
    "edit",
    [
        lambda root: root.append(second_signature(root)),
        lambda root: root.insert(0, root[-1]),
        lambda root: root.append(etree.SubElement(root, f"{N}Unknown")),
        lambda root: etree.SubElement(find(root, "ds:Signature"), f"{DS}Object"),
        lambda root: find(root, "ds:Signature").remove(find(root, ".//ds:Object")),
        lambda root: etree.SubElement(find(root, ".//ds:Object"), f"{XADES}QualifyingProperties"),
        lambda root: etree.SubElement(find(root, ".//xades:QualifyingProperties"), f"{XADES}UnsignedProperties"),
        lambda root: etree.SubElement(find(root, ".//ds:X509Data"), f"{DS}X509Certificate"),
        lambda root: etree.SubElement(find(root, ".//ds:KeyInfo"), f"{DS}KeyName"),
        say(".//ds:X509Certificate", "not base64!"),
    ],
)
def test_a_document_of_another_shape(judiciary: JudiciaryService, seal: bytes, edit: Edit) -> None:
    assert refused(judiciary, edited(seal, edit)).code == "verify.shape"


def test_a_signed_part_that_is_a_wrapped_document(judiciary: JudiciaryService, seal: bytes) -> None:
    assert refused(judiciary, edited(seal, wrapped)).code == "verify.reference"


@pytest.mark.parametrize("kind", ["ID", "id", names.WSU_ID])
def test_an_id_that_stands_there_twice(judiciary: JudiciaryService, seal: bytes, kind: str) -> None:
    octets = edited(seal, lambda root: find(root, ".//n:Case").set(kind, root.attrib["Id"]))
    assert refused(judiciary, octets).code == "verify.duplicate-id"


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (lambda seal: b"<!DOCTYPE n>" + seal, "verify.doctype"),
        (lambda seal: seal.replace(b"<n:Case>", b"<n:Case><!-- -->"), "verify.comment-or-pi"),
        (lambda seal: seal.decode().encode("utf-16"), "verify.encoding"),
        (lambda seal: seal[:-5], "verify.malformed"),
        (lambda seal: seal.replace(b"<n:Case>", b"<n:Case>" + b"<n:a></n:a>" * 600), "verify.too-complex"),
        (lambda seal: seal.replace(b"<n:Case>", b"<n:Case>" + b" " * 10 * 1024 * 1024), "verify.too-large"),
    ],
)
def test_octets_that_are_no_plain_xml(
    judiciary: JudiciaryService, seal: bytes, octets: Callable[[bytes], bytes], code: str
) -> None:
    assert refused(judiciary, octets(seal)).code == code
