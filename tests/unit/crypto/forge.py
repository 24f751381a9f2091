"""A second implementation that signs what ours would not: xmlsec with its defaults.

An attack is only worth testing if its one fault is all that is wrong with it. So the forger edits a good message and
lets xmlsec compute digests and signature anew, and the tests assert that xmlsec itself believes the result.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import xmlsec
from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.keys import Signer

Edit = Callable[[etree._Element], None]

PREFIXES = {
    "soap": names.SOAP,
    "wsa": names.WSA,
    "wsse": names.WSSE,
    "wsu": names.WSU,
    "ds": names.DS,
    "xades": names.XADES,
    "n": names.NOTICE,
    "j": names.JUDICIARY,
}


def find(root: etree._Element, path: str) -> etree._Element:
    """Return the first element at ``path``, an ElementPath with the prefixes above."""
    found = root.find(path, PREFIXES)
    assert found is not None, path
    return found


def edited(octets: bytes, edit: Edit) -> bytes:
    """Return ``octets`` with an edit and the signature as it was."""
    root = etree.fromstring(octets)
    edit(root)
    return canonical_octets(root)


def resigned(octets: bytes, edit: Edit, key: Path | bytes) -> bytes:
    """Return ``octets`` with an edit, signed again: ``key`` is a PEM file, or the octets of an HMAC key."""
    root = etree.fromstring(octets)
    edit(root)
    _sign(root, key)
    return canonical_octets(root)


def believed_by_xmlsec(octets: bytes, signer: Signer) -> bool:
    """Ask xmlsec, with its defaults and the signer's own key."""
    return believed_under(xmlsec.Key.from_memory(signer.certificate.der, xmlsec.constants.KeyDataFormatCertDer), octets)


def believed_under(key: xmlsec.Key, octets: bytes) -> bool:
    """Ask xmlsec, with its defaults and any key."""
    root = etree.fromstring(octets)
    _declare_ids(root)
    context = xmlsec.SignatureContext()
    context.key = key
    try:
        context.verify(_signature(root))
    except xmlsec.Error:
        return False
    return True


def canonical_octets(root: etree._Element) -> bytes:
    return etree.tostring(root, method="c14n", exclusive=True, with_comments=True)


def _sign(root: etree._Element, key: Path | bytes) -> None:
    _declare_ids(root)
    context = xmlsec.SignatureContext()
    if isinstance(key, bytes):
        context.key = xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, key)
    else:
        context.key = xmlsec.Key.from_file(str(key), xmlsec.constants.KeyDataFormatPem)
    signature = _signature(root)
    for value in signature.iter(f"{{{names.DS}}}DigestValue", f"{{{names.DS}}}SignatureValue"):
        if value.getparent().tag != f"{{{names.XADES}}}CertDigest":
            value.text = None
    context.sign(signature)
    # xmlsec breaks base64 into lines, which documents must not have.
    for value in signature.iter(f"{{{names.DS}}}DigestValue", f"{{{names.DS}}}SignatureValue"):
        value.text = "".join((value.text or "").split())


def _declare_ids(root: etree._Element) -> None:
    xmlsec.tree.add_ids(root, ["Id"])


def _signature(root: etree._Element) -> etree._Element:
    return next(root.iter(f"{{{names.DS}}}Signature"))
