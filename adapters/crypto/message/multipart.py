"""Messages with attachments: SOAP Messages with Attachments, in multipart/related (RFC 2387), of one form only.

    --BOUNDARY
    Content-Type: text/xml; charset=utf-8           (SOAP 1.2: application/soap+xml; charset=utf-8)
    Content-Transfer-Encoding: binary
    Content-ID: <message@envelope>

    ENVELOPE
    --BOUNDARY
    Content-Type: application/xml; charset=utf-8
    Content-Transfer-Encoding: binary
    Content-ID: <REFERENCE@seals>

    SEAL
    --BOUNDARY--

Lines end with CR LF, the envelope comes first, each seal is a part, and nothing else is there. Only our own form is
read. A tolerant reader would find other parts in the same octets than the next reader. Examples are folded or repeated
headers, a preamble, bare line ends, a boundary inside a part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from adapters.crypto.keys.names import SOAP, SOAP12
from adapters.crypto.xml.strict_xml import Limits
from gateway.judiciary.courier import SealSlice
from gateway.notice.envelope import Frame
from gateway.notice.large_octets import Octets, contains, joined, sha256_of
from gateway.trust.trust_policy import Rejection

MAX_ATTACHMENTS: Final = 500
"""Maximum number of notices in a batch."""

_TYPES: Final = {SOAP: "text/xml", SOAP12: "application/soap+xml"}
_ROOT_ID: Final = "message@envelope"
_OPENING = re.compile(rb"--(eblagh-[0-9a-f]{32})\r\n")
_CONTENT_ID = rb"([A-Za-z0-9-]{1,100}@seals)"
_BLANK = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Message with its ``envelope``, and its ``attachments`` by Content-ID."""

    envelope: bytes = field(repr=False)
    attachments: Mapping[str, bytes] = field(repr=False)


def content_id(reference: str) -> str:
    """Return the Content-ID of a notice's seal: an ``addr-spec`` (RFC 2392), unique in a batch."""
    return f"{reference}@seals"


def content_uri(name: str) -> str:
    """Return the URI of the part with this Content-ID (RFC 2392)."""
    return f"cid:{name}"


def is_package(octets: bytes) -> bool:
    """Return True if octets begin as a package does, and neither as XML nor as a JWS."""
    return octets.startswith(b"--")


def pack(envelope: Frame, attached: Sequence[SealSlice], soap: str) -> Frame:
    """Return the package as a frame whose seals are the attachments; ``envelope`` has none inside."""
    [octets] = envelope.pieces
    boundary = _boundary_of(octets)
    if any(contains(each, boundary) for each in (octets, *(seal.octets for seal in attached))):
        raise ValueError("the boundary stands in a part")
    heads = [_head("application/xml", content_id(seal.reference)) for seal in attached]
    between = [b"\r\n--" + boundary + b"\r\n" + head for head in heads]
    first = joined((b"--" + boundary + b"\r\n" + _head(_TYPES[soap], _ROOT_ID), octets, between[0]))
    pieces = (first, *between[1:], b"\r\n--" + boundary + b"--\r\n")
    return Frame(pieces=pieces, seals=tuple(seal.digest for seal in attached))


def unpack(octets: bytes, limits: Limits, soap: str) -> Package:
    """Parse a package into its parts.

    Raises `Rejection` ``verify.too-large``, and ``verify.package`` for any other form.
    """
    if len(octets) > limits.max_bytes:
        raise Rejection("verify.too-large", detail=f"{len(octets)} octets")
    boundary = _boundary(octets)
    closing, between = b"\r\n--" + boundary + b"--\r\n", b"\r\n--" + boundary + b"\r\n"
    if not octets.endswith(closing):
        raise _refused("its end")
    if octets.count(between) > MAX_ATTACHMENTS:
        raise Rejection("verify.too-complex", detail="attachments")
    first, *others = octets[len(boundary) + 4 : -len(closing)].split(between)
    if any(b"--" + boundary in part for part in (first, *others)):
        raise _refused("a boundary inside a part")
    root = re.escape(_head(_TYPES[soap], _ROOT_ID))
    attachments: dict[str, bytes] = {}
    for part in others:
        name, content = _part(part, _ATTACHMENT)
        if name in attachments:
            raise _refused("two parts of one Content-ID")
        attachments[name] = content
    if not attachments:
        raise _refused("without attachments")
    _, envelope = _part(first, re.compile(root))
    if boundary != _boundary_of(envelope):
        raise _refused("its boundary")
    return Package(envelope=envelope, attachments=attachments)


def envelope_start(octets: bytes) -> bytes:
    """Return the octets after the first part's headers."""
    return octets.partition(_BLANK)[2]


def content_type(start: bytes, soap: str, action: str) -> str:
    """Return the media type for sending a package with these first octets; SOAP 1.2 has its action there."""
    told = f'multipart/related; type="{_TYPES[soap]}"; start="<{_ROOT_ID}>"; boundary="{_boundary(start).decode()}"'
    return f'{told}; action="{action}"' if soap == SOAP12 else told


def _boundary_of(envelope: Octets) -> bytes:
    """Return the boundary for an envelope, derived from its digest.

    The envelope has the digest of each attachment, so nobody can have put the boundary into one of them.
    """
    return b"eblagh-" + sha256_of(envelope).hex()[:32].encode("ascii")


def _head(media_type: str, name: str) -> bytes:
    lines = f"Content-Type: {media_type}; charset=utf-8", "Content-Transfer-Encoding: binary", f"Content-ID: <{name}>"
    return "\r\n".join(lines).encode("ascii") + _BLANK


_ATTACHMENT = re.compile(re.escape(_head("application/xml", "*")).replace(rb"\*", _CONTENT_ID))


def _boundary(octets: bytes) -> bytes:
    found = _OPENING.match(octets)
    if found is None:
        raise _refused("its beginning")
    return found[1]


def _part(part: bytes, head: re.Pattern[bytes]) -> tuple[str, bytes]:
    """Return a part's Content-ID, if it is variable, and its content."""
    found = head.match(part)
    if found is None:
        raise _refused("the headers of a part")
    return found[1].decode("ascii") if found.groups() else _ROOT_ID, part[found.end() :]


def _refused(detail: str) -> Rejection:
    return Rejection("verify.package", detail=detail)
