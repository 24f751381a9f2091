"""Signature verifier, used by `soap_message` (WS-Security), `document` (sealed notices, receipts in our form) and
`any_document` (receipts in the form of others).

The order of all checks, from octets to verdict. Each can refuse with its own code; nothing but `Rejection` leaves, and
``setup.memory`` where there is no verdict.

    0  messages with attachments: size, and the one form of a package   `multipart`
    1  size; UTF-8 and nothing else; no DOCTYPE                          `strict_xml`
    2  well-formed, without network, DTD, entities or huge nodes         `strict_xml`
    3  no comments, no processing instructions; caps; unique ids         `strict_xml`
    4  exact shape; the parts that must be signed are found by place     `soap_message`, `document`
    5  algorithms on the allow-list (of messages: the partner's)         `check_signature`
    6  each reference leads, by ``#id``, to one of those parts, once;
       transforms on the allow-list; every required part, and every
       attachment by its ``cid:``, is referenced                         `check_signature`
    7  the certificate is the partner's                                  `check_signature`
    8  the signature over our own canonical SignedInfo, by an algorithm
       of the kind of key that the certificate has                       `check_signature`
    9  documents: the schema                                             `document`
   10  our own C14N (exclusive, but for documents of others) and digest
       of each part, and the digest
       of each attachment as it is                                       `check_digests`
   11  documents: octets are canonical, ECDSA has its low s, XAdES
       properties fit                                                    `document`
   12  time, issuer, subject, replay: policies, by the caller            `gateway.trust.trust_policy`

The signature comes before the digests, although a digest is cheaper to compute: nobody without a key of the partner
may make us canonicalise megabytes. The returned octets are exactly those that were digested.

A receipt in the usual form, of at most 32 KiB, is compared with the template of its signature first. That can only
accept it; everything else takes all of these steps                      `document`
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.certificate import Certificate
from adapters.crypto.keys.partner import Partner, SignerName
from adapters.crypto.xml.canonicalization import canonical_by, is_exclusive, without
from adapters.crypto.xml.partner_profile import STRICT, PartnerProfile
from adapters.crypto.xml.shape import base64_octets, children, exactly, misshapen, prefix_list
from adapters.crypto.xml.strict_xml import local
from gateway.notice.notice import sha256
from gateway.trust.trust_policy import Rejection, SignerFacts

_DS = f"{{{names.DS}}}"
_INCLUSIVE = f"{{{names.EXC_C14N}}}InclusiveNamespaces"
_ID = frozenset({"Id"})
_ALGORITHM = frozenset({"Algorithm"})
_REFERENCE = frozenset({"URI", "Id", "Type"})
_ATTACHMENT_REFERENCE = frozenset({"URI", "Id"})

MAX_CERTIFICATE_LENGTH: Final = 16_384
_MAX_SIGNATURE_LENGTH: Final = 4_096
_MAX_DIGEST_LENGTH: Final = 128
_HASHES: Final = {names.SHA384: "sha384", names.SHA512: "sha512"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Signed element: found by its place, ``id`` is the required id of a reference to it.

    The last of ``transforms`` is the canonicalization. ``is_document``: it is the document element, to which an empty
    URI leads, too. ``contains_signature``: it is digested without the one signature in it.
    """

    name: str
    element: etree._Element = field(repr=False)
    id: str | None
    transforms: tuple[str, ...] = (names.EXC_C14N,)
    type: str | None = None
    required: bool = True
    is_document: bool = False
    contains_signature: bool = False

    @property
    def uris(self) -> frozenset[str]:
        by_id = {f"#{self.id}"} if self.id else set()
        return frozenset(by_id | {""} if self.is_document else by_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Layout of a message or document of the right shape. ``signer`` names the certificate, and is only a hint.

    ``attachments`` are by the URI of their reference; each of them must be signed.
    """

    info: etree._Element = field(repr=False)
    value: etree._Element = field(repr=False)
    signer: SignerName = field(repr=False)
    parts: Sequence[Part]
    attachments: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Signed statement that ``part`` has this digest; ``prefixes`` are inclusive in its canonical form."""

    part: Part
    digest: bytes
    id: str | None
    prefixes: tuple[str, ...]
    canonicalization: str = names.EXC_C14N
    digest_method: str = names.SHA256

    @property
    def octets(self) -> bytes:
        """Octets that its algorithms make of the part."""
        part = self.part
        element = without(part.element, f"{_DS}Signature") if part.contains_signature else part.element
        return canonical_by(self.canonicalization, element, self.prefixes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Signed statement that an attachment's ``octets``, as they are, have this digest."""

    uri: str
    octets: bytes = field(repr=False)
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedSignature:
    """Signature of the partner. Nothing of the parts is proven before `check_digests`."""

    certificate: Certificate
    algorithm: str
    references: Sequence[Reference]
    replay_key: str
    attachments: Sequence[Promise] = ()

    @property
    def signer(self) -> SignerFacts:
        return signer_facts(self.certificate)


def signer_facts(own: Certificate) -> SignerFacts:
    return SignerFacts(
        thumbprint=own.thumbprint, subject=own.subject, not_before=own.not_before, not_after=own.not_after
    )


def replay_key(info: bytes, whose: str) -> str:
    """Return the replay key of a canonical SignedInfo with its signer's thumbprint.

    Not over SignatureValue: its base64, and the s of ECDSA, can be written in several ways and stay valid.
    """
    return sha256(info + whose.encode("ascii"))


def check_signature(layout: Layout, partner: Partner, profile: PartnerProfile = STRICT) -> VerifiedSignature:
    """Verify that the signature is the partner's and covers every required part."""
    algorithm, prefixes, references, promises = _info(layout, profile)
    value = base64_octets(layout.value, _MAX_SIGNATURE_LENGTH, _ID)
    member = partner.named(layout.signer)
    info = canonical_by(layout.info[0].get("Algorithm", ""), layout.info, prefixes)
    member.verify(info, value, algorithm)
    # An unsigned token can be exchanged for another certificate: then only the key identifies the sender.
    whose = member.certificate.thumbprint if profile.binds_certificate else member.key_thumbprint
    return VerifiedSignature(
        certificate=member.certificate,
        algorithm=algorithm,
        references=references,
        replay_key=replay_key(info, whose),
        attachments=promises,
    )


_PAST_THE_FORM: Final = frozenset({"verify.unknown-certificate", "verify.signature", "verify.digest"})
"""Codes of refusals for which the form had been judged, and was right."""


def more_telling(refusal: Rejection, other: Rejection) -> Rejection:
    """Return the refusal that got further, of two readings of the same octets in two forms.

    A refusal of the form says only that the octets are in another one. Of two such refusals the first is returned.
    """
    return other if other.code in _PAST_THE_FORM and refusal.code not in _PAST_THE_FORM else refusal


def check_digests(signed: VerifiedSignature) -> dict[str, bytes]:
    """Verify the digests, and return each part's canonical octets by name, and each attachment's by its URI."""
    covered = {}
    for reference in signed.references:
        octets = reference.octets
        if not hmac.compare_digest(digest_by(reference.digest_method, octets), reference.digest):
            raise Rejection("verify.digest", where=reference.part.name)
        covered[reference.part.name] = octets
    for promise in signed.attachments:
        if not hmac.compare_digest(hashlib.sha256(promise.octets).digest(), promise.digest):
            raise Rejection("verify.digest", where=promise.uri)
        covered[promise.uri] = promise.octets
    return covered


def require_algorithm(element: etree._Element, algorithm: str) -> None:
    """Raise ``verify.algorithm`` unless ``element`` names this algorithm, without parameters."""
    if not _names(element, algorithm):
        raise Rejection("verify.algorithm", where=local(element))


def digest_of(method: etree._Element, value: etree._Element) -> bytes:
    """Return the SHA-256 digest in a ds:DigestMethod and its ds:DigestValue."""
    require_algorithm(method, names.SHA256)
    digest = base64_octets(value, _MAX_DIGEST_LENGTH)
    if len(digest) != hashlib.sha256().digest_size:
        misshapen(value, "not a SHA-256 digest")
    return digest


def digest_by(method: str, octets: bytes) -> bytes:
    """Return the digest of octets by a permitted algorithm; it is SHA-256 unless the method names another."""
    return hashlib.new(_HASHES.get(method, "sha256"), octets).digest()


def _digest(method: etree._Element, value: etree._Element, profile: PartnerProfile) -> bytes:
    """Return the digest in a ds:DigestValue, by an algorithm of the profile."""
    algorithm = method.get("Algorithm", "")
    if algorithm not in profile.digests or algorithm == names.SHA256:
        return digest_of(method, value)
    require_algorithm(method, algorithm)
    digest = base64_octets(value, _MAX_DIGEST_LENGTH)
    if len(digest) != len(digest_by(algorithm, b"")):
        misshapen(value, "not a digest of this algorithm")
    return digest


def _info(layout: Layout, profile: PartnerProfile) -> tuple[str, tuple[str, ...], list[Reference], list[Promise]]:
    """Return the signature's algorithm, SignedInfo's inclusive prefixes, and the references.

    References lead to parts and to attachments.
    """
    found = children(layout.info, _ID)
    tags = [child.tag for child in found]
    if tags[:2] != [f"{_DS}CanonicalizationMethod", f"{_DS}SignatureMethod"] or set(tags[2:]) != {f"{_DS}Reference"}:
        misshapen(layout.info, "its children")
    prefixes = _prefixes(found[0], profile)
    if prefixes is None:
        raise Rejection("verify.algorithm", where=local(found[0]))
    algorithm = found[1].get("Algorithm", "")
    if algorithm not in profile.signature_algorithms or children(found[1], _ALGORITHM):
        raise Rejection("verify.algorithm", where=local(found[1]))
    waiting = list(layout.parts)
    beside, promises = dict(layout.attachments), list[Promise]()
    references = []
    for element in found[2:]:
        if (attachment := beside.pop(uri := element.get("URI", ""), None)) is not None:
            promises.append(Promise(uri=uri, octets=attachment, digest=_promised(element, uri)))
            continue
        part = next((each for each in waiting if element.get("URI") in each.uris), None)
        if part is None or element.get("Type") != part.type:
            raise Rejection("verify.reference", where=local(element), detail="to no part, or to one a second time")
        waiting.remove(part)
        references.append(_reference(element, part, profile))
    referenced = {reference.part.name for reference in references}
    missing = [part.name for part in layout.parts if part.required and part.name not in referenced]
    if missing or beside:
        raise Rejection("verify.coverage", detail=f"not signed: {', '.join([*missing, *sorted(beside)])}")
    return algorithm, prefixes, references, promises


def _reference(element: etree._Element, part: Part, profile: PartnerProfile) -> Reference:
    tags = [f"{_DS}{name}" for name in ("Transforms", "DigestMethod", "DigestValue")]
    if profile.implied_canonicalization and element.find(tags[0]) is None:
        method, value = exactly(element, *tags[1:], attributes=_REFERENCE)
        steps = []
    else:
        transforms, method, value = exactly(element, *tags, attributes=_REFERENCE)
        steps = children(transforms)
    if profile.enveloped_transform and len(steps) > len(part.transforms) and _names(steps[0], names.ENVELOPED):
        # The transform removes the signature from the part, but no part of a message contains the signature.
        del steps[0]
    canonicalization: str | None = names.C14N
    prefixes: tuple[str, ...] | None = ()
    before = part.transforms[:-1]
    if not (profile.implied_canonicalization and len(steps) == len(before) and names.C14N in profile.canonicalizations):
        last = steps.pop() if len(steps) == len(part.transforms) else None
        canonicalization = None if last is None else last.get("Algorithm")
        prefixes = None if last is None else _prefixes(last, profile)
    if canonicalization is None or prefixes is None or not all(map(_names, steps, before)):
        raise Rejection("verify.transform", where=part.name)
    return Reference(
        part=part,
        digest=_digest(method, value, profile),
        id=element.get("Id"),
        prefixes=prefixes,
        canonicalization=canonicalization,
        digest_method=method.get("Algorithm", ""),
    )


def _promised(element: etree._Element, uri: str) -> bytes:
    """Return the digest of an attachment's content.

    Source: Web Services Security SOAP Messages with Attachments Profile 1.1, 5.3.1. The transform writes XML in
    exclusive C14N, without comments; our attachments already have that form.
    """
    tags = f"{_DS}Transforms", f"{_DS}DigestMethod", f"{_DS}DigestValue"
    transforms, method, value = exactly(element, *tags, attributes=_ATTACHMENT_REFERENCE)
    steps = children(transforms)
    if len(steps) != 1 or not _names(steps[0], names.ATTACHMENT_CONTENT):
        raise Rejection("verify.transform", where=uri)
    return digest_of(method, value)


def _prefixes(method: etree._Element, profile: PartnerProfile) -> tuple[str, ...] | None:
    """Return the inclusive prefixes if ``method`` names a canonicalization in a form that the profile allows."""
    if (algorithm := method.get("Algorithm", "")) not in profile.canonicalizations:
        return None
    parameters = children(method, _ALGORITHM)
    if not parameters:
        return ()
    if (
        not profile.prefix_lists
        or not is_exclusive(algorithm)
        or [parameter.tag for parameter in parameters] != [_INCLUSIVE]
    ):
        return None
    return prefix_list(parameters[0])


def _names(element: etree._Element, algorithm: str) -> bool:
    return element.get("Algorithm") == algorithm and not children(element, _ALGORITHM)
