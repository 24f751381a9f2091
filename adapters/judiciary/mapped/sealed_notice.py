"""A sealed notice as a submission's mapping reads it: the courier has the seal alone, and it contains everything."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any, Final, assert_never

from lxml import etree

from adapters.crypto.keys.names import NOTICE, XADES
from adapters.crypto.message.multipart import content_id
from adapters.crypto.xml.sealed_fields import documents_of, xml_name
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, parse
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import SealSlice
from gateway.mapping.kinds.document_schemas import documents_tree
from gateway.notice.notice import RECIPIENT_PARTS
from gateway.runtime.clock import parse_timestamp

_NS: Final = {"n": NOTICE, "xades": XADES}


def sealed_tree(seal: SealSlice, place: SealPlace) -> dict[str, Any]:
    """Return one notice as `gateway.mapping.kinds.seal_places.submission_of` describes it for this place of its seal.

    ``serve_by`` is no part of a seal, and never there. Raises `gateway.trust.trust_policy.Rejection` for octets that
    are no XML.
    """
    root = parse(seal.octets, DOCUMENT_LIMITS)
    sealed_at = _text(root, ".//xades:SigningTime")
    return {
        "reference": _text(root, "n:Reference"),
        "predecessor": _text(root, "n:Paper/n:Predecessor"),
        "body": {name.lower(): _text(root, f"n:IssuingBody/n:{name}") for name in ("Code", "Title", "District")},
        "case_number": _text(root, "n:Case/n:Number"),
        "archive_number": _text(root, "n:Case/n:ArchiveNumber"),
        "renovation_code": _text(root, "n:Case/n:RenovationCode"),
        "paper_number": _text(root, "n:Paper/n:Number"),
        "kind": _text(root, "n:Paper/n:Kind"),
        "subject": _text(root, "n:Paper/n:Subject"),
        "issued_on": date.fromisoformat(_text(root, "n:Paper/n:IssuedOn") or ""),
        "serve_by": None,
        "revision": int(_text(root, "n:Paper/n:Revision") or "1"),
        "recipient": {
            "kind": _text(root, "n:Recipient/n:Kind"),
            "identifier": _text(root, "n:Recipient/n:Identifier"),
            "name": _text(root, "n:Recipient/n:Name"),
            "mobile": _text(root, "n:Recipient/n:Mobile"),
            "postal_code": _text(root, "n:Recipient/n:PostalCode"),
            "address": _text(root, "n:Recipient/n:Address"),
            **{name: _text(root, f"n:Recipient/n:{xml_name(name)}") for name in RECIPIENT_PARTS},
        },
        "extra": {field.get("name"): field.text for field in root.iterfind("n:Extra/n:Field", _NS)},
        **documents_tree([_document(each) for each in documents_of(root)]),
        "seal": {
            **_carried(seal, place),
            "digest": seal.digest,
            "size": len(seal.octets),
            "sealed_at": parse_timestamp(sealed_at) if sealed_at else None,
        },
    }


def _document(element: etree._Element) -> dict[str, Any]:
    return {
        "name": _text(element, "n:Name"),
        "title": _text(element, "n:Title"),
        "kind": _text(element, "n:Kind"),
        "media_type": _text(element, "n:MediaType"),
        "octets": base64.b64decode(_text(element, "n:Content") or ""),
        "digest": _text(element, "n:Digest"),
        "size": int(_text(element, "n:Size") or "0"),
    }


def _carried(seal: SealSlice, place: SealPlace) -> dict[str, Any]:
    """Return the seal's octets, or its reference in the message. An expression finds no more than this."""
    match place:
        case SealPlace.INSIDE:
            return {"octets": seal.octets}
        case SealPlace.ATTACHMENT:
            return {"content_id": content_id(seal.reference)}
        case SealPlace.NONE:
            return {}
        case _:
            assert_never(place)


def _text(root: etree._Element, path: str) -> str | None:
    return root.findtext(path, None, _NS)
