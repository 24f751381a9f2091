"""The small edits that attacks are made of. Each returns what is to be done with a root."""

from __future__ import annotations

import copy

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.keys import Signer
from adapters.crypto.xml.signature import encode
from adapters.crypto.xml.strict_xml import canonical

from .forge import Edit, find

DS, WSA, SOAP, EC = (f"{{{uri}}}" for uri in (names.DS, names.WSA, names.SOAP, names.EXC_C14N))
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
HMAC = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
STYLESHEET = (
    '<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform">'
    '<x:template match="/"><r/></x:template></x:stylesheet>'
)
BODY_REFERENCE = ".//ds:Reference[@URI='#M-Body']"


def put(path: str, **attributes: str) -> Edit:
    return lambda root: find(root, path).attrib.update(attributes)


def say(path: str, text: str) -> Edit:
    def edit(root: etree._Element) -> None:
        find(root, path).text = text

    return edit


def drop(path: str) -> Edit:
    def edit(root: etree._Element) -> None:
        element = find(root, path)
        element.getparent().remove(element)

    return edit


def add(path: str, tag: str, **attributes: str) -> Edit:
    def edit(root: etree._Element) -> None:
        etree.SubElement(find(root, path), tag, attributes)

    return edit


def double(path: str) -> Edit:
    """A second element like this one, without its ids."""

    def edit(root: etree._Element) -> None:
        element = find(root, path)
        twin = copy.deepcopy(element)
        for part in twin.iter():
            part.attrib.pop(names.WSU_ID, None)
        element.addprevious(twin)

    return edit


def all_of(*edits: Edit) -> Edit:
    def edit(root: etree._Element) -> None:
        for one in edits:
            one(root)

    return edit


def aside(path: str) -> Edit:
    """The signed Body under the element at ``path``, a forged one in its place."""

    def edit(root: etree._Element) -> None:
        signed = find(root, "soap:Body")
        forged = copy.deepcopy(signed)
        forged.set(names.WSU_ID, "M-Forged")
        find(forged, ".//j:Reference").text = "EB-FORGED"
        signed.addprevious(forged)
        find(root, path).append(signed)

    return edit


def another_reference(uri: str | None, beside: str = BODY_REFERENCE) -> Edit:
    """A further ds:Reference to ``uri``, which is otherwise the one at ``beside``."""

    def edit(root: etree._Element) -> None:
        twin = copy.deepcopy(find(root, beside))
        twin.attrib.pop("URI")
        if uri is not None:
            twin.set("URI", uri)
        find(root, ".//ds:SignedInfo").append(twin)

    return edit


def transform(path: str, algorithm: str, parameter: str = "") -> Edit:
    """Another ds:Transform at ``path``, with XML as its parameter."""

    def edit(root: etree._Element) -> None:
        element = find(root, path)
        element.set("Algorithm", algorithm)
        if parameter:
            element.append(etree.fromstring(parameter))

    return edit


def claiming(algorithm: str, signer: Signer) -> Edit:
    """This signer's own signature, which says that it was made by this algorithm."""

    def edit(root: etree._Element) -> None:
        put(".//ds:SignatureMethod", Algorithm=algorithm)(root)
        say(".//ds:SignatureValue", encode(signer.sign(canonical(find(root, ".//ds:SignedInfo")))))(root)

    return edit


def wrapped(root: etree._Element) -> None:
    """The signed notice, moved into a forged one whose place it takes."""
    signed = copy.deepcopy(root)
    signature = root[-1]
    root.set("Id", "N-Forged")
    signed.remove(signed[-1])
    find(root, ".//n:Case").append(signed)
    root.append(signature)
