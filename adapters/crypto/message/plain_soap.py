"""SOAP messages that nobody signs: only the connection that carries them can be trusted."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.message.soap_signing import SignedMessage, TextSlice, with_texts
from adapters.crypto.xml.shape import children, misshapen
from adapters.crypto.xml.strict_xml import MESSAGE_LIMITS, canonical, parse
from gateway.notice.envelope import Frame


def plain_message(
    body: etree._Element,
    headers: Sequence[etree._Element] = (),
    *,
    soap: str = names.SOAP,
    texts: Sequence[TextSlice] = (),
) -> SignedMessage:
    """Return a message with ``body`` as the Body's only child, in exclusive C14N (both are moved there).

    ``texts`` stand in their slots: `adapters.crypto.message.soap_signing.sign_message`.
    """
    envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap})
    if headers:
        etree.SubElement(envelope, f"{{{soap}}}Header").extend(headers)
    etree.SubElement(envelope, f"{{{soap}}}Body").append(body)
    wire = with_texts(canonical(envelope), texts)
    return SignedMessage(wire=wire, frame=Frame(pieces=(wire,), seals=()))


def unsigned_payload(octets: bytes, *, soap: str = names.SOAP) -> etree._Element:
    """Return the single child of the Body, whatever headers stand beside it.

    Raises `Rejection` for octets of another shape, and for a header that must be understood (SOAP 1.1, 4.2.3).
    """
    root = parse(octets, MESSAGE_LIMITS)
    if root.tag != f"{{{soap}}}Envelope":
        misshapen(root, f"not a SOAP {'1.1' if soap == names.SOAP else '1.2'} envelope")
    parts = children(root, _attributes(root))
    tags = [part.tag for part in parts]
    if tags not in ([f"{{{soap}}}Body"], [f"{{{soap}}}Header", f"{{{soap}}}Body"]):
        misshapen(root, "its children")
    for block in parts[0] if len(parts) == 2 else ():
        if block.get(f"{{{soap}}}mustUnderstand", "0") not in ("0", "false"):
            misshapen(block, "must be understood")
    content = children(parts[-1], _attributes(parts[-1]))
    if len(content) != 1:
        misshapen(parts[-1], "not one element")
    return content[0]


def _attributes(element: etree._Element) -> frozenset[str]:
    return frozenset(map(str, element.keys()))
