"""Written form of HTTP requests and responses, as evidence stores them.

It is that of HTTP/1.1 (RFC 9112, 2.1): a first line, headers, an empty line, and the body as it is. A request has its
whole address in the first line (3.2.2). Left out are headers that belong to the connection (Host, Content-Length and so
on) and those that authenticate (Authorization, Cookie, secret headers): they are no part of what is said, and secrets
are never stored. A response has its media type, its date, and the headers that its contract describes, except cookies;
only that of a login has these, and it is not stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.notice.large_octets import Octets, PartOctets, joined, pieces_of
from gateway.trust.trust_policy import Rejection

_END: Final = b"\r\n"
_VERSION: Final = "HTTP/1.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestRequest:
    """Request: ``target`` is the path below the endpoint, with its query."""

    method: str
    target: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Octets = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestResponse:
    """Response. ``headers`` have their names in lower case; ``body`` is the JSON value, or None without one.

    ``has_body`` is True for a body of any kind.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(default=None, repr=False)
    has_body: bool = field(default=False, repr=False)

    @property
    def media_type(self) -> str:
        """Media type in lower case, without parameters; empty without one."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


def assert_header(name: str, value: str) -> None:
    """Raise `Rejection` ``verify.schema`` for a value that HTTP cannot carry."""
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise Rejection("verify.schema", where=f"header.{name}", detail="printable ASCII is wanted")


def written_request(request: RestRequest, endpoint: str) -> Octets:
    """Return the written form; large parts of the body stay where they are.

    Raises `Rejection` ``verify.schema`` for a header that HTTP cannot carry.
    """
    lines = [f"{request.method} {endpoint}{request.target} {_VERSION}"]
    for name, value in request.headers.items():
        assert_header(name, value)
        lines.append(f"{name}: {value}")
    return joined((_head(lines), request.body))


def read_request(wire: Octets, endpoint: str) -> RestRequest:
    """Read the written form of a request to this endpoint. Raises `ValueError` for any other octets."""
    start = next(iter(pieces_of(wire)))
    [first, *lines], rest = _parted(start)
    body = rest if isinstance(wire, bytes) else PartOctets(wire, len(start) - len(rest), len(wire))
    method, url, version = first.split(" ")
    if version != _VERSION or not url.startswith(endpoint):
        raise ValueError("a request to another endpoint")
    headers = dict(line.split(": ", 1) for line in lines)
    return RestRequest(method=method, target=url.removeprefix(endpoint), headers=headers, body=body)


def written_response(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the written form; a header value keeps its printable ASCII alone."""
    lines = [f"{_VERSION} {status}"]
    for name, value in headers.items():
        lines.append(f"{name}: {''.join(each for each in value if each.isascii() and each.isprintable()).strip()}")
    return _head(lines) + body


def read_response(raw: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers by their names in lower case, and body. Raises `ValueError` for any other octets."""
    [first, *lines], body = _parted(raw)
    version, status = first.split(" ")
    if version != _VERSION:
        raise ValueError("another version")
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    return int(status), {name.lower(): value for name, value in headers.items()}, body


def _head(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("ascii") + _END


def _parted(octets: bytes) -> tuple[list[str], bytes]:
    head, found, body = octets.partition(_END + _END)
    if not found:
        raise ValueError("no end of the head")
    return head.decode("ascii").split("\r\n"), body
