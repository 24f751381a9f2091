"""Edits of a document's octets, where no edit of its tree could make them."""

from __future__ import annotations

import base64


def many_namespaces(count: int) -> bytes:
    return b" ".join(b'xmlns:a%d="urn:x:%d"' % (i, i) for i in range(count))


def unused_namespaces(octets: bytes, declarations: bytes, element: bytes = b"a") -> bytes:
    """Exclusive C14N leaves them out: the signature stays as valid as it was."""
    return octets.replace(b"<" + element + b">", b"<" + element + b" " + declarations + b">", 1)


def many_attributes(count: int) -> bytes:
    return b"".join(b' a%d=""' % i for i in range(count))


def other_base64(octets: bytes) -> bytes:
    """The same signature value over two lines."""
    before, start, rest = octets.partition(b"<ds:SignatureValue>")
    return before + start + rest[:64] + b"\n" + rest[64:]


def last_bits(octets: bytes) -> bytes:
    """The same signature value, with bits set that decoders of base64 drop."""
    before, start, rest = octets.partition(b"<ds:SignatureValue>")
    value, end, after = rest.partition(b"</ds:SignatureValue>")
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    assert value.endswith(b"==")
    changed = value[:-3] + alphabet[alphabet.index(value[-3]) + 1 :][:1] + b"=="
    assert base64.b64decode(changed) == base64.b64decode(value)
    return before + start + changed + end + after


def in_reference(octets: bytes, what: bytes) -> bytes:
    """Something that a signature does not see, in the middle of the first Reference of the content."""
    return octets.replace(b"Reference>EB-AAAA", b"Reference>EB-AA" + what + b"AA", 1)
