"""Documents and messages built from elements and canonicalised by lxml: the reference for what templates write."""

from __future__ import annotations

import hashlib
from datetime import datetime

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.keys import Signer
from adapters.crypto.xml.signature import Reference, add_digest, encode, sign
from adapters.crypto.xml.strict_xml import canonical
from gateway.runtime.clock import timestamp

_DS = f"{{{names.DS}}}"
_XADES = f"{{{names.XADES}}}"
_SEALING = (names.ENVELOPED, names.EXC_C14N)


def plainly_signed(root: etree._Element, signer: Signer, at: datetime) -> bytes:
    """Return what `adapters.crypto.xml.document.sign_document` does, from a tree; the signature stays in ``root``."""
    id_ = str(root.attrib["Id"])
    properties = _properties(id_, signer, at)
    digests = [hashlib.sha256(canonical(each)).digest() for each in (root, properties[0])]
    references = (
        Reference(uri=f"#{id_}", digest=digests[0], transforms=_SEALING, id=f"{id_}-reference"),
        Reference(uri=f"#{id_}-properties", digest=digests[1], type=names.SIGNED_PROPERTIES),
    )
    signature = sign(references, signer)
    signature.set("Id", f"{id_}-signature")
    data = etree.SubElement(etree.SubElement(signature, f"{_DS}KeyInfo"), f"{_DS}X509Data")
    etree.SubElement(data, f"{_DS}X509Certificate").text = encode(signer.certificate.der)
    etree.SubElement(signature, f"{_DS}Object").append(properties)
    root.append(signature)
    return canonical(root)


def _properties(id_: str, signer: Signer, at: datetime) -> etree._Element:
    nsmap = {"xades": names.XADES, "ds": names.DS}
    properties = etree.Element(f"{_XADES}QualifyingProperties", Target=f"#{id_}-signature", nsmap=nsmap)
    signed = etree.SubElement(properties, f"{_XADES}SignedProperties", Id=f"{id_}-properties")
    of_signature = etree.SubElement(signed, f"{_XADES}SignedSignatureProperties")
    etree.SubElement(of_signature, f"{_XADES}SigningTime").text = timestamp(at)
    certificates = etree.SubElement(of_signature, f"{_XADES}SigningCertificateV2")
    digest = etree.SubElement(etree.SubElement(certificates, f"{_XADES}Cert"), f"{_XADES}CertDigest")
    add_digest(digest, hashlib.sha256(signer.certificate.der).digest())
    of_data = etree.SubElement(signed, f"{_XADES}SignedDataObjectProperties")
    format_ = etree.SubElement(of_data, f"{_XADES}DataObjectFormat", ObjectReference=f"#{id_}-reference")
    etree.SubElement(format_, f"{_XADES}MimeType").text = "application/xml"
    return properties
