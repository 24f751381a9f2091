"""A sealed notice as a submission's mapping reads it: the courier has the seal alone, and it contains everything."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, assert_never

from lxml import etree

from adapters.crypto.keys.names import NOTICE, XADES
from adapters.crypto.message.multipart import content_id
from adapters.crypto.xml.sealed_fields import ATTACHMENT, documents_of, read_notice, xml_name
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import SealSlice
from gateway.mapping.kinds.document_schemas import documents_tree
from gateway.mapping.model.values import SealElement
from gateway.mapping.program.reads_of_source import Names
from gateway.notice.large_octets import LARGE, LargeOctets, LargeValue
from gateway.notice.notice import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS, RECIPIENT_PARTS
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import GatewayError

_N: Final = f"{{{NOTICE}}}"
_ELEMENT: Final = ("seal", "element")
_IN_SLICE: Final = frozenset({("reference",), ("seal", "octets"), _ELEMENT, ("seal", "content_id"), ("seal", "digest"),
                              ("seal", "size")})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedParts:
    """Parts of a sealed notice that a mapping reads: ``fields`` in its XML, and among them the ``papers``.

    Without ``fields`` there are the reference and the seal alone; ``octets``: it reads the seal's own. ``as_element``:
    its XML stands in the message.
    """

    fields: bool = True
    papers: bool = True
    octets: bool = True
    as_element: bool = False


_DOCUMENTS: Final = ((), ("document",), ("documents",))
_OCTETS: Final = ((), ("seal",), ("seal", "octets"))

ALL_PARTS: Final = SealedParts()


def parts_read(reads: Iterable[Names]) -> SealedParts:
    """Return the parts that a submission's mapping with these `Program.reads` needs."""
    # `notices[0].kind` and, in a repeat over `notices`, `kind` are the same part.
    read = [names[1:] if names[:1] == ("notices",) else names for names in reads]
    return SealedParts(
        fields=any(names not in _IN_SLICE for names in read),
        papers=any(names[:1] in _DOCUMENTS and (len(names) < 2 or names[1] == "octets") for names in read),
        octets=any(names[:2] in _OCTETS for names in read),
        as_element=_ELEMENT in read,
    )


def sealed_tree(seal: SealSlice, place: SealPlace, parts: SealedParts = ALL_PARTS, number: int = 0) -> dict[str, Any]:
    """Return one notice as `gateway.mapping.kinds.seal_places.submission_of` describes it for this place of its seal.

    ``number`` is its place in the message. It has these ``parts`` alone; large octets are a
    `gateway.mapping.model.values.LargeValue`. Raises `gateway.trust.trust_policy.Rejection` for octets that are no XML.
    """
    carried = {**_carried(seal, place, parts, number), "digest": seal.digest, "size": len(seal.octets)}
    if not parts.fields:
        return {"reference": seal.reference, "seal": carried}
    root, papers = read_notice(seal.octets)
    said = _texts(root)
    sealed_at = root.findtext(f".//{{{XADES}}}SigningTime")
    return {
        "reference": said.get("Reference"),
        "predecessor": said.get("Paper/Predecessor"),
        "body": {name.lower(): said.get(f"IssuingBody/{name}") for name in ("Code", "Title", "District")},
        "case_number": said.get("Case/Number"),
        "archive_number": said.get("Case/ArchiveNumber"),
        "renovation_code": said.get("Case/RenovationCode"),
        "paper_number": said.get("Paper/Number"),
        "kind": said.get("Paper/Kind"),
        "subject": said.get("Paper/Subject"),
        "issued_on": date.fromisoformat(said.get("Paper/IssuedOn") or ""),
        "revision": int(said.get("Paper/Revision") or "1"),
        "recipient": {name: said.get(path) for name, path in _RECIPIENT.items()},
        "extra": {field.get("name"): field.text for field in root.iterfind(f"{_N}Extra/{_N}Field")},
        **documents_tree(
            [_document(each, paper, parts) for each, paper in zip(documents_of(root), papers, strict=True)]
        ),
        "seal": {**carried, "sealed_at": parse_timestamp(sealed_at) if sealed_at else None},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLimits:
    """Most documents of a notice that a service takes, the paper among them, and most octets of them together."""

    documents: int = MAX_DOCUMENTS
    octets: int = MAX_DOCUMENT_BYTES

    def assert_allow(self, sizes: Sequence[int]) -> None:
        """Raise `GatewayError` ``notice.contract`` for documents of these sizes in octets, if they are too many."""
        if (size := sum(sizes)) > self.octets:
            detail = f"{size} bytes; the judiciary takes up to {self.octets}"
            raise GatewayError("notice.contract", where="document", detail=detail)
        if len(sizes) > self.documents:
            detail = f"{len(sizes)} documents; the judiciary's profile takes up to {self.documents}"
            raise GatewayError("notice.contract", where="documents", detail=detail)

    def assert_allow_sealed(self, seal: SealSlice) -> None:
        """Raise the same for the documents of a sealed notice. It is read only if it can have too many.

        Documents stand in it in base64, three octets in four signs.
        """
        if self.documents < MAX_DOCUMENTS or len(seal.octets) * 3 // 4 > self.octets:
            root, _ = read_notice(seal.octets)
            self.assert_allow([int(each.findtext(f"{_N}Size") or "0") for each in documents_of(root)])


_RECIPIENT: Final = {
    name: f"Recipient/{xml_name(name)}"
    for name in ("kind", "identifier", "name", "mobile", "postal_code", "address", *RECIPIENT_PARTS)
}


def _texts(root: etree._Element) -> dict[str, str]:
    """Return the texts of a notice by their paths (``Case/Number``); its documents are read by `_document`."""
    texts: dict[str, str] = {}
    for child in root.iterchildren(f"{_N}*"):
        name = child.tag[len(_N) :]
        if name in _OF_DOCUMENTS:
            continue
        if len(child) == 0:
            texts.setdefault(name, child.text or "")
        for leaf in child.iterchildren(f"{_N}*"):
            texts.setdefault(f"{name}/{leaf.tag[len(_N) :]}", leaf.text or "")
    return texts


_OF_DOCUMENTS: Final = ("Document", ATTACHMENT)


def _document(element: etree._Element, paper: LargeOctets | None, parts: SealedParts) -> dict[str, Any]:
    def text(name: str) -> str | None:
        return element.findtext(f"{_N}{name}")

    told = {
        "name": text("Name"),
        "title": text("Title"),
        "kind": text("Kind"),
        "media_type": text("MediaType"),
        "digest": text("Digest"),
        "size": int(text("Size") or "0"),
    }
    if not parts.papers:
        return told
    return {**told, "octets": base64.b64decode(text("Content") or "") if paper is None else LargeValue(paper)}


def _carried(seal: SealSlice, place: SealPlace, parts: SealedParts, number: int) -> dict[str, Any]:
    """Return the seal's octets, or its reference in the message. An expression finds no more than this."""
    match place:
        case SealPlace.INSIDE:
            is_large = len(seal.octets) > LARGE
            octets = LargeValue(seal.octets) if is_large else bytes(seal.octets)
            return {"element": SealElement(number)} | ({"octets": octets} if parts.octets else {})
        case SealPlace.ATTACHMENT:
            return {"content_id": content_id(seal.reference)}
        case SealPlace.NONE:
            return {}
        case _:
            assert_never(place)
