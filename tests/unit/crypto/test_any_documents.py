"""Receipts that others sign in their own form: what a policy permits is read, and nothing else is ever read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from adapters.crypto.foreign.any_document import AnyDocumentVerifier
from adapters.crypto.foreign.document_policy import LOOSEST, CertificateReference, DocumentPolicy, SignaturePlace
from adapters.crypto.keys import names
from adapters.crypto.xml.strict_xml import load_schema
from gateway.trust.trust_policy import Facts, Rejection
from tests.stranger import needs_xmlsec1

from .conftest import on_p256
from .samples import JudiciaryService
from .xades_templates import SCHEMA, SLIP, TAG, Form, signed_by_xmlsec1

pytestmark = needs_xmlsec1
INCLUSIVE, INCLUSIVE11 = names.C14N, names.C14N11
STATED = datetime(2026, 2, 3, 9, 30, 15, tzinfo=UTC)
RECEIVED = datetime(2026, 2, 4, tzinfo=UTC)
WIDE = replace(LOOSEST, place=SignaturePlace.ENVELOPED)
READ = {"Slip": {"Reference": "EB-1", "Event": "viewed & known"}}


@pytest.fixture
def sign(judiciary: JudiciaryService, tmp_path: Path) -> Callable[[Form], bytes]:
    key = judiciary.pki / "municipality" / "transport.key.pem"
    return lambda form: signed_by_xmlsec1(form, judiciary.transport, key, tmp_path)


@pytest.fixture(scope="module")
def slips(tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema:
    path = tmp_path_factory.mktemp("slips") / "slip.xsd"
    path.write_text(SCHEMA, encoding="utf-8")
    return load_schema(path)


def examined(
    judiciary: JudiciaryService, octets: bytes, policy: DocumentPolicy, schema: etree.XMLSchema | None = None
) -> Facts:
    return AnyDocumentVerifier(judiciary.partner, TAG, schema, policy).examine(octets, RECEIVED)


def refusal(judiciary: JudiciaryService, octets: bytes, policy: DocumentPolicy = WIDE) -> str:
    with pytest.raises(Rejection) as error:
        examined(judiciary, octets, policy)
    with suppress(Rejection):  # who does not know the element reads the signed one at most
        offline = AnyDocumentVerifier(judiciary.partner, None, None, LOOSEST).examine(octets, RECEIVED)
        assert texts(offline.covered["Slip"]) == READ["Slip"]
    return error.value.code


def place(name: str) -> DocumentPolicy:
    return replace(WIDE, place=SignaturePlace(name), inside=f"{{{SLIP}}}Signatures" if name == "inside" else None)


FORMS = {
    "exclusive, by id": Form(),
    "the whole document": Form(whole=True),
    "inclusive": Form(c14n=INCLUSIVE, transform=INCLUSIVE),
    "inclusive, with comments": Form(c14n=f"{INCLUSIVE}#WithComments", transform=f"{INCLUSIVE}#WithComments"),
    "inclusive 1.1": Form(c14n=INCLUSIVE11, transform=INCLUSIVE11, whole=True),
    "exclusive, with comments": Form(c14n=f"{names.EXC_C14N}WithComments", transform=f"{names.EXC_C14N}WithComments"),
    "no canonicalization named": Form(transform=None),
    "a prefix list": Form(prefixes="unused"),
    "SHA-384": Form(algorithm=names.RSA_SHA384, digest=names.SHA384),
    "SHA-512": Form(algorithm=names.RSA_SHA512, digest=names.SHA512),
    "PSS": Form(algorithm=names.RSA_PSS_SHA256),
    "PSS with SHA-512": Form(algorithm=names.RSA_PSS_SHA512, digest=names.SHA512),
    "certificate by the first version": Form(certificate="v1"),
    "no certificate in KeyInfo": Form(key_info="none"),
    "a policy, a role": Form(
        further="<xades:SignaturePolicyIdentifier><xades:SignaturePolicyImplied/></xades:SignaturePolicyIdentifier>"
        "<xades:SignerRoleV2><xades:ClaimedRoles><xades:ClaimedRole>clerk</xades:ClaimedRole></xades:ClaimedRoles>"
        "</xades:SignerRoleV2>"
    ),
    "a time-stamp": Form(
        unsigned="<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp>"
        "<xades:EncapsulatedTimeStamp>AA==</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>"
        "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
    ),
    "enveloping": Form(place="enveloping"),
    "enveloping, the Object": Form(place="enveloping", to_object=True, transform=None),
    "enveloping, inclusive": Form(place="enveloping", transform=INCLUSIVE, c14n=INCLUSIVE),
    "detached": Form(place="detached"),
    "detached, inclusive": Form(place="detached", transform=INCLUSIVE, c14n=INCLUSIVE),
    "detached, inclusive 1.1": Form(place="detached", transform=INCLUSIVE11, c14n=INCLUSIVE11),
}


@pytest.mark.parametrize("name", FORMS)
def test_what_xmlsec1_signs_is_read_by_its_policy_and_by_an_auditor(
    judiciary: JudiciaryService, sign: Callable[[Form], bytes], slips: etree.XMLSchema, name: str
) -> None:
    octets = sign(FORMS[name])
    policy = place(FORMS[name].place)
    offline = AnyDocumentVerifier(judiciary.partner, None, None, LOOSEST)
    for facts in (examined(judiciary, octets, policy, slips), offline.examine(octets, RECEIVED)):
        assert {part: texts(facts.covered[part]) for part in facts.covered} == READ
        assert facts.signer.thumbprint == judiciary.transport.certificate.thumbprint
        assert facts.signed_at == STATED
    changed = octets.replace(b">EB-1<", b">EB-2<")
    assert refusal(judiciary, changed, policy) == "verify.digest"
    assert refusal(judiciary, octets.replace(b"09:30:15Z", b"09:30:16Z"), policy) == "verify.digest"
    elsewhere = {"enveloped": "detached", "enveloping": "enveloped", "detached": "enveloping"}[FORMS[name].place]
    with pytest.raises(Rejection) as error:
        examined(judiciary, octets, place(elsewhere))
    assert error.value.code == "verify.shape"


def texts(octets: bytes) -> dict[str, str]:
    return {str(each.tag).rpartition("}")[2]: each.text or "" for each in etree.fromstring(octets)}


@on_p256
@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [(names.ECDSA_SHA256, names.SHA256), (names.ECDSA_SHA384, names.SHA384), (names.ECDSA_SHA512, names.SHA512)],
)
def test_ecdsa(judiciary: JudiciaryService, sign: Callable[[Form], bytes], algorithm: str, digest: str) -> None:
    octets = sign(Form(algorithm=algorithm, digest=digest))
    assert examined(judiciary, octets, WIDE).covered
    assert refusal(judiciary, octets.replace(algorithm.encode(), names.RSA_SHA256.encode())) == "verify.signature"


def test_an_enveloped_signature_may_stand_inside_a_child(
    judiciary: JudiciaryService, sign: Callable[[Form], bytes], slips: etree.XMLSchema
) -> None:
    octets = sign(Form(inside=True))
    inside = replace(WIDE, inside=f"{{{SLIP}}}Signatures")
    assert examined(judiciary, octets, inside, slips).covered
    for policy, other in ((WIDE, octets), (inside, sign(Form()))):
        with pytest.raises(Rejection) as error:
            examined(judiciary, other, policy)
        assert error.value.code == "verify.shape"


POLICY = DocumentPolicy()
OUTSIDE: dict[str, tuple[Form, DocumentPolicy, str]] = {
    "another signature algorithm": (Form(algorithm=names.RSA_PSS_SHA256), POLICY, "verify.algorithm"),
    "another digest": (Form(digest=names.SHA512), POLICY, "verify.algorithm"),
    "another canonicalization": (Form(c14n=INCLUSIVE), POLICY, "verify.algorithm"),
    "another transform": (Form(transform=INCLUSIVE), POLICY, "verify.transform"),
    "none, which means inclusive": (Form(transform=None), POLICY, "verify.transform"),
    "a prefix list": (Form(prefixes="unused"), POLICY, "verify.transform"),
    "no SigningTime": (Form(time=""), POLICY, "verify.coverage"),
    "no certificate named": (Form(certificate=""), POLICY, "verify.coverage"),
    "the certificate by another version": (
        Form(certificate="v1"),
        replace(POLICY, certificate=CertificateReference.V2),
        "verify.coverage",
    ),
    "no properties": (Form(certificate="", time=""), POLICY, "verify.coverage"),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_the_policy_does_not_name_is_refused(
    judiciary: JudiciaryService, sign: Callable[[Form], bytes], name: str
) -> None:
    form, policy, code = OUTSIDE[name]
    with pytest.raises(Rejection) as error:
        examined(judiciary, sign(form), policy)
    assert error.value.code == code
    assert examined(judiciary, sign(form), WIDE).covered


def test_without_a_stated_time_it_counts_as_signed_when_it_came(
    judiciary: JudiciaryService, sign: Callable[[Form], bytes]
) -> None:
    octets = sign(Form(certificate="", time=""))
    assert examined(judiciary, octets, WIDE).signed_at == RECEIVED
    with pytest.raises(Rejection):
        AnyDocumentVerifier(judiciary.partner, TAG, None, WIDE).examine(octets)


EVIL = f'<s:Slip xmlns:s="{SLIP}" Id="{{}}"><s:Reference>EB-9</s:Reference><s:Event>viewed</s:Event></s:Slip>'.encode()


def _between(octets: bytes, tag: bytes) -> bytes:
    return octets[octets.index(b"<" + tag + b" ") : octets.index(b"</" + tag + b">") + len(tag) + 3]


def evil(id_: bytes, inner: bytes = b"") -> bytes:
    return EVIL.replace(b"{}", id_).replace(b"</s:Slip>", inner + b"</s:Slip>")


def without_prolog(octets: bytes) -> bytes:
    return octets[octets.index(b"?>") + 2 :].strip()


def in_another_root(octets: bytes) -> bytes:
    """The signed slip aside, unchanged; the signature in a new document element of its name."""
    signature = _between(octets, b"ds:Signature")
    return evil(b"S-2", signature + b"<x>" + without_prolog(octets).replace(signature, b"") + b"</x>")


def with_a_second_signature(octets: bytes) -> bytes:
    signature = _between(octets, b"ds:Signature")
    for id_ in (b"G-1", b"P-1", b"O-1"):
        signature = signature.replace(b'"' + id_, b'"X' + id_)
    return octets.replace(b"\n</s:Slip>", signature + b"\n</s:Slip>")


WRAPPED: dict[str, tuple[Form, Callable[[bytes], bytes], str]] = {
    "the signed slip inside another one": (Form(), in_another_root, "verify.shape"),
    "the signed slip inside another one, the whole document": (Form(whole=True), in_another_root, "verify.shape"),
    "another slip of the same id": (
        Form(place="detached"),
        lambda o: o.replace(b"</w:Bundle>", evil(b"S-1") + b"</w:Bundle>"),
        "verify.duplicate-id",
    ),
    "another slip before it": (
        Form(place="detached"),
        lambda o: o.replace(b'"fa">', b'"fa">' + evil(b"S-2")),
        "verify.shape",
    ),
    "a second slip in the Object": (
        Form(place="enveloping"),
        lambda o: o.replace(b"</s:Slip>", b"</s:Slip>" + evil(b"S-2")),
        "verify.shape",
    ),
    "a second Object": (
        Form(place="enveloping"),
        lambda o: o.replace(
            b'<ds:Object Id="O-1">', b"<ds:Object>" + evil(b"S-2") + b'</ds:Object><ds:Object Id="O-1">'
        ),
        "verify.shape",
    ),
    "the signature moved": (
        Form(),
        lambda o: o.replace(s := _between(o, b"ds:Signature"), b"").replace(
            b"</s:Event>", b"</s:Event><s:Signatures>" + s + b"</s:Signatures>"
        ),
        "verify.shape",
    ),
    "a second signature": (Form(), with_a_second_signature, "verify.shape"),
    "no signature": (Form(), lambda o: o.replace(_between(o, b"ds:Signature"), b""), "verify.unsigned"),
    "a reference elsewhere": (
        Form(),
        lambda o: o.replace(b'URI="#S-1"', b'URI="file:///etc/passwd"'),
        "verify.reference",
    ),
    "a reference by XPointer": (
        Form(whole=True),
        lambda o: o.replace(b'URI=""', b'URI="#xpointer(/)"'),
        "verify.reference",
    ),
    "an XPath transform": (
        Form(),
        lambda o: o.replace(
            names.ENVELOPED.encode() + b'"/>',
            b'http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>1</ds:XPath></ds:Transform>',
        ),
        "verify.transform",
    ),
    "an XSLT transform": (
        Form(),
        lambda o: o.replace(names.ENVELOPED.encode(), b"http://www.w3.org/TR/1999/REC-xslt-19991116"),
        "verify.transform",
    ),
    "another algorithm": (
        Form(),
        lambda o: o.replace(names.RSA_SHA256.encode(), names.RSA_SHA512.encode()),
        "verify.signature",
    ),
    "SHA-1": (
        Form(),
        lambda o: o.replace(names.SHA256.encode(), b"http://www.w3.org/2000/09/xmldsig#sha1"),
        "verify.algorithm",
    ),
    "HMAC": (
        Form(),
        lambda o: o.replace(names.RSA_SHA256.encode(), b"http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
        "verify.algorithm",
    ),
    "a comment in a value": (Form(), lambda o: o.replace(b">EB-1<", b">EB-<!-- -->1<"), "verify.comment-or-pi"),
    "properties of another signature": (
        Form(),
        lambda o: o.replace(b'Target="#G-1"', b'Target="#G-2"'),
        "verify.shape",
    ),
    "properties that are not referenced": (
        Form(),
        lambda o: o.replace(_between(o[o.index(b'<ds:Reference URI="#P-1"') :], b"ds:Reference"), b""),
        "verify.coverage",
    ),
    "text beside the signature": (Form(), lambda o: o.replace(b"\n</s:Slip>", b"more</s:Slip>"), "verify.digest"),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_a_moved_or_added_part_is_refused(
    judiciary: JudiciaryService, sign: Callable[[Form], bytes], name: str
) -> None:
    form, change, code = WRAPPED[name]
    octets = sign(form)
    changed = change(octets)
    assert changed != octets
    assert refusal(judiciary, changed, place(form.place)) == code


@pytest.mark.parametrize("form", [Form(whole=True, c14n=INCLUSIVE, transform=INCLUSIVE), Form(place="detached")])
def test_whatever_octet_is_changed_what_is_read_stays_or_nothing_is(
    judiciary: JudiciaryService, sign: Callable[[Form], bytes], form: Form
) -> None:
    octets, policy = sign(form), place(form.place)
    good = examined(judiciary, octets, policy)
    for at in range(0, len(octets), 3):
        changed = octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]
        for tag, agreed in ((TAG, policy), (None, LOOSEST)):
            with suppress(Rejection):
                found = AnyDocumentVerifier(judiciary.partner, tag, None, agreed).examine(changed, RECEIVED)
                assert (found.covered, found.signer) == (good.covered, good.signer)


def test_whoever_is_not_the_other_side_signs_nothing(judiciary: JudiciaryService, tmp_path: Path) -> None:
    key = judiciary.pki / "judiciary" / "transport.key.pem"
    for named in (judiciary.stranger, judiciary.transport):
        octets = signed_by_xmlsec1(Form(), named, key, tmp_path)
        expected = "verify.unknown-certificate" if named is judiciary.stranger else "verify.signature"
        assert refusal(judiciary, octets) == expected
    as_another = signed_by_xmlsec1(
        Form(), judiciary.seal, judiciary.pki / "municipality" / "transport.key.pem", tmp_path
    ).replace(*(b"<ds:X509Certificate>", b"<ds:X509Certificate>"))
    assert refusal(judiciary, as_another) == "verify.signature"
