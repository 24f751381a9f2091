"""Signed documents: sealed notices and receipts, with an enveloped XML signature and XAdES-B-B properties.

The shape is that of `schemas/seal/signature-1.xsd`; the properties are those of ETSI EN 319 132-1, level B-B. A
document is exchanged and stored as the exclusive-C14N octets of its root, so that octets and meaning agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from lxml import etree

from adapters.crypto.keys import ecdsa, names
from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.partner import Partner
from adapters.crypto.xml import receipt_fields
from adapters.crypto.xml.seal_template import signature_template, values_of
from adapters.crypto.xml.shape import base64_octets, exactly, misshapen, moment
from adapters.crypto.xml.signature import encode
from adapters.crypto.xml.signature_verifier import (
    MAX_CERTIFICATE_LENGTH,
    Layout,
    Part,
    VerifiedSignature,
    check_digests,
    check_signature,
    digest_of,
    replay_key,
    signer_facts,
)
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, Limits, canonical, conforms, local, parse
from gateway.notice.large_octets import Octets, joined
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.trust.trust_policy import Facts, Rejection

_DS = f"{{{names.DS}}}"
_XADES = f"{{{names.XADES}}}"
_ID = frozenset({"Id"})
_SIGNED_PROPERTIES = "SignedProperties"
_SEALING = (names.ENVELOPED, names.EXC_C14N)


def sign_document(root: etree._Element, signer: Signer, at: datetime) -> bytes:
    """Return the exclusive-C14N octets of ``root`` with a ds:Signature as its last child.

    ``root`` has an attribute Id, no signature, and a prefix; it stays as it is. ``at`` becomes the SigningTime. Ids
    inside the signature derive from the root's, so that any number of documents can stand in one message.
    """
    id_ = str(root.attrib["Id"])
    unsigned = canonical(root)
    closing = _closing(root)
    return bytes(sign_pieces([unsigned[: -len(closing)]], closing, id_, signer, at)[0])


def sign_pieces(pieces: Sequence[bytes], closing: bytes, id_: str, signer: Signer, at: datetime) -> tuple[Octets, str]:
    """Return the octets of a document with a signature, from the canonical ones without, and their digest.

    Large pieces are not copied, and digested once for both. Those are the ``pieces`` and ``closing``, its end tag.
    ``id_`` is its attribute Id.
    """
    digest = hashlib.sha256()
    for each in pieces:
        digest.update(each)
    signed = digest.copy()
    digest.update(closing)
    made = signature_template(id_, digest.digest(), timestamp(at), signer.certificate.der, signer.algorithm)
    signature = made.octets(signer.sign(made.info))
    signed.update(signature + closing)
    return joined((*pieces, signature, closing)), f"sha256:{signed.hexdigest()}"


class DocumentVerifier:
    """Verifier of documents of one kind: ``root`` is the document element's ``{namespace}Name``.

    Without ``root`` and ``schema`` it judges only the signer of a document of any kind, and not its form.
    """

    def __init__(
        self,
        partner: Partner,
        root: str | None,
        schema: etree.XMLSchema | None,
        limits: Limits = DOCUMENT_LIMITS,
    ) -> None:
        self._partner, self._root, self._schema, self._limits = partner, root, schema, limits
        self._has_template = (
            root == receipt_fields.TAG
            and limits is DOCUMENT_LIMITS
            and schema is not None
            and receipt_fields.is_of(schema)
        )

    def examine(self, octets: bytes, received_at: datetime | None = None) -> Facts:  # noqa: ARG002 - it states its time
        """Verify a document without judging its time.

        Raises `Rejection`, and `GatewayError` ``setup.memory`` if no verdict was possible. ``covered`` has one part,
        named as the document element: its octets without the signature. ``claims`` are the texts of its children that
        have no children.

        A receipt in the usual form is compared with the template. One that differs in anything is judged as a tree,
        which says what is wrong, or that nothing is.
        """
        if self._has_template and (facts := self._usual(octets)) is not None:
            return facts
        return self._judged(octets)

    def _usual(self, octets: bytes) -> Facts | None:
        """Return the facts of a good receipt in the usual form, and None for all else.

        A signature that is exactly what the template gives for this content, certificate and time has the right shape,
        algorithms, references and digests, fits the schema, and is canonical.
        """
        if (found := receipt_fields.usual_receipt(octets)) is None:
            return None
        length, id_, fields = found
        closing = receipt_fields.CLOSING
        signature, unsigned = octets[length : -len(closing)], octets[:length] + closing
        if (values := values_of(signature)) is None:
            return None
        digest = hashlib.sha256(unsigned).digest()
        try:
            member = self._partner.named(values.certificate)
            algorithm = member.usual_algorithm
            made = signature_template(id_, digest, values.at, member.certificate.der, algorithm)
            if octets != b"".join((octets[:length], made.octets(values.value), closing)):
                return None
            if algorithm == names.ECDSA_SHA256 and not ecdsa.is_low(values.value):
                return None
            member.verify(made.info, values.value, algorithm)
        except Rejection:
            return None
        return Facts(
            covered={receipt_fields.NAME: unsigned},
            claims=fields,
            signer=signer_facts(member.certificate),
            signed_at=parse_timestamp(values.at),
            expires_at=None,
            replay_key=replay_key(made.info, member.certificate.thumbprint),
        )

    def _judged(self, octets: bytes) -> Facts:
        root = parse(octets, self._limits)
        if self._root is not None and root.tag != self._root:
            misshapen(root, "another document element")
        signature = _signature(root)
        layout, properties = _layout(root, signature)
        signed = check_signature(layout, self._partner)
        if self._schema is not None:
            conforms(self._schema, root)
        root.remove(signature)
        covered = check_digests(signed)
        unsigned = covered[local(root)]
        if octets != _enveloped(root, unsigned, canonical(signature)):
            raise Rejection("verify.not-canonical", where=local(root))
        _assert_one_form(root, signature, signed)
        return Facts(
            covered={local(root): unsigned},
            claims={local(child): child.text or "" for child in root if len(child) == 0},
            signer=signed.signer,
            signed_at=_signing_time(properties, signed),
            expires_at=None,
            replay_key=signed.replay_key,
        )

    def content(self, octets: bytes) -> etree._Element:
        """Return the document element without its signature, and without any verification. Raises `Rejection`."""
        root = parse(octets, self._limits)
        if self._root is not None and root.tag != self._root:
            misshapen(root, "another document element")
        for signature in root.findall(f"{_DS}Signature"):
            root.remove(signature)
        return root


def _enveloped(root: etree._Element, unsigned: bytes, signature: bytes) -> bytes:
    """Return the canonical octets of ``root`` with ``signature`` as last child, from those without it.

    It is exact, since a signature uses prefixes that the root does not.
    """
    closing = _closing(root)
    return unsigned[: -len(closing)] + signature + closing


def _closing(root: etree._Element) -> bytes:
    return f"</{root.prefix}:{local(root)}>".encode() if root.prefix else f"</{local(root)}>".encode()


def _signature(root: etree._Element) -> etree._Element:
    found = [child for child in root if child.tag == f"{_DS}Signature"]
    if not found:
        raise Rejection("verify.unsigned", where=local(root))
    if root[-1] is not found[0]:
        misshapen(found[0], "not alone, or not the last child")
    return found[0]


def _layout(root: etree._Element, signature: etree._Element) -> tuple[Layout, etree._Element]:
    """Return the layout, and the SignedProperties."""
    tags = (f"{_DS}{name}" for name in ("SignedInfo", "SignatureValue", "KeyInfo", "Object"))
    info, value, key_info, object_ = exactly(signature, *tags, attributes=_ID)
    [data] = exactly(key_info, f"{_DS}X509Data")
    [certificate] = exactly(data, f"{_DS}X509Certificate")
    [qualifying] = exactly(object_, f"{_XADES}QualifyingProperties")
    [properties] = exactly(qualifying, f"{_XADES}SignedProperties", attributes=frozenset({"Target"}))
    if qualifying.get("Target") != f"#{signature.get('Id')}":
        misshapen(qualifying, "its Target is not this signature")
    layout = Layout(
        info=info,
        value=value,
        signer=base64_octets(certificate, MAX_CERTIFICATE_LENGTH),
        parts=(
            Part(name=local(root), element=root, id=root.get("Id"), transforms=_SEALING),
            Part(name=_SIGNED_PROPERTIES, element=properties, id=properties.get("Id"), type=names.SIGNED_PROPERTIES),
        ),
    )
    return layout, properties


def _assert_one_form(root: etree._Element, signature: etree._Element, signed: VerifiedSignature) -> None:
    """Refuse variants that the signature itself permits.

    These are its id, white space between its parts, other forms of its base64, and the other s of ECDSA. A document is
    identified by the digest of its octets, so it must have only one form.
    """
    # The layout has found both.
    [value] = signature.iterfind(f"{_DS}SignatureValue")
    free = value, *signature.iterfind(f"{_DS}KeyInfo/{_DS}X509Data/{_DS}X509Certificate")
    if (
        signature.get("Id") != f"{root.get('Id')}-signature"
        or any(element.tail or (len(element) and element.text) for element in signature.iter())
        or any(encode(base64_octets(element, MAX_CERTIFICATE_LENGTH)) != element.text for element in free)
        or (signed.algorithm == names.ECDSA_SHA256 and not ecdsa.is_low(base64_octets(value, MAX_CERTIFICATE_LENGTH)))
    ):
        raise Rejection("verify.not-canonical", where=local(signature))


def _signing_time(properties: etree._Element, signed: VerifiedSignature) -> datetime:
    """Return the SigningTime after checking that the properties belong to this signer and document."""
    of_signature, of_data = exactly(
        properties,
        f"{_XADES}SignedSignatureProperties",
        f"{_XADES}SignedDataObjectProperties",
        attributes=_ID,
    )
    time, certificates = exactly(of_signature, f"{_XADES}SigningTime", f"{_XADES}SigningCertificateV2")
    [certificate] = exactly(certificates, f"{_XADES}Cert")
    [digest] = exactly(certificate, f"{_XADES}CertDigest")
    method, value = exactly(digest, f"{_DS}DigestMethod", f"{_DS}DigestValue")
    if f"sha256:{digest_of(method, value).hex()}" != signed.certificate.thumbprint:
        misshapen(certificate, "another certificate's digest")
    [format_] = exactly(of_data, f"{_XADES}DataObjectFormat")
    if format_.get("ObjectReference") != f"#{signed.references[0].id}":
        misshapen(format_, "speaks of another reference")
    return moment(time)
