"""Transforms of documents: base64 and back, and digests by which the other side refers to them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

from gateway.mapping.model.values import Type
from gateway.mapping.transforms.transform import Example, Family, Made, Parameter, Transform, takes
from gateway.notice import fields
from gateway.notice.fields import InvalidField
from gateway.notice.large_octets import Base64Octets, LargeValue, Octets, sha256_of
from gateway.notice.notice import MAX_DOCUMENT_BYTES

_MAX_BASE64 = MAX_DOCUMENT_BYTES * 3 // 2
_BLANKS = str.maketrans("", "", " \t\r\n")


def _octets(value: Any) -> Octets:
    if isinstance(value, LargeValue) and not value.is_text:
        return value.octets
    if not isinstance(value, bytes):
        raise InvalidField("")
    return value


def _encode(value: Any) -> str | LargeValue:
    octets = _octets(value)
    if isinstance(value, LargeValue):
        return LargeValue(Base64Octets(octets), is_text=True)
    return base64.b64encode(bytes(octets)).decode("ascii")


def _decoder(blanks: bool, most: int) -> Made:
    def decode(value: Any) -> bytes:
        if not isinstance(value, str) or len(value) > most:
            raise InvalidField("document.too-large" if isinstance(value, str) else "")
        try:
            return binascii.a2b_base64(value.translate(_BLANKS) if blanks else value, strict_mode=True)
        except (binascii.Error, ValueError):
            raise InvalidField("") from None

    return Made(apply=decode)


def _utf_8(value: Any) -> bytes:
    if not isinstance(value, str) or len(value) > _MAX_BASE64:
        raise InvalidField("document.too-large" if isinstance(value, str) else "")
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidField("") from None


def _digest(form: str) -> Made:
    written: dict[str, Callable[[bytes], str]] = {
        "sha256:hex": lambda digest: "sha256:" + digest.hex(),
        "hex": lambda digest: digest.hex(),
        "base64": lambda digest: base64.b64encode(digest).decode("ascii"),
    }
    return Made(apply=lambda value: written[form](sha256_of(_octets(value))), in_pieces=True)


_PDF = b"%PDF-1.7\n%%EOF\n"

TRANSFORMS = (
    Transform(
        name="pdf",
        family=Family.OCTETS,
        takes=takes(Type.OCTETS),
        gives=Type.OCTETS,
        says="A PDF of at most 7 MiB that is not cut off.",
        make=lambda: Made(apply=fields.pdf),
        examples=(Example(given=_PDF, made=_PDF), Example(given=b"II*", refused="document.not-pdf")),
    ),
    Transform(
        name="base64-decode",
        family=Family.OCTETS,
        takes=takes(Type.TEXT),
        gives=Type.OCTETS,
        says="The octets that a base64 text holds; white space in it is dropped.",
        make=_decoder,
        parameters=(
            Parameter(
                name="blanks", wanted=Type.BOOLEAN, says="white space may stand in it (`false`: refused)", default=True
            ),
            Parameter(
                name="most",
                wanted=Type.INTEGER,
                says="characters of the longest text",
                default=_MAX_BASE64,
                least=1,
                most=2 * _MAX_BASE64,
            ),
        ),
        examples=(
            Example(given="JVBE\nRg==", made=b"%PDF"),
            Example(given="JVB", refused=""),
            Example(given="JVBE\nRg==", parameters={"blanks": False}, refused=""),
        ),
    ),
    Transform(
        name="base64-encode",
        family=Family.OCTETS,
        takes=takes(Type.OCTETS),
        gives=Type.TEXT,
        says="Octets as a base64 text without white space.",
        make=lambda: Made(apply=_encode, size=lambda value: 2 * len(_octets(value)), in_pieces=True),
        examples=(Example(given=b"%PDF", made="JVBERg=="),),
    ),
    Transform(
        name="utf-8",
        family=Family.OCTETS,
        takes=takes(Type.TEXT),
        gives=Type.OCTETS,
        says="The octets of a text in UTF-8: for a receipt that is a text, such as a JWS.",
        make=lambda: Made(apply=_utf_8),
        examples=(Example(given="رأی", made="رأی".encode()),),
    ),
    Transform(
        name="digest",
        family=Family.OCTETS,
        takes=takes(Type.OCTETS),
        gives=Type.TEXT,
        says="The SHA-256 of octets: how a message refers to a document that travels beside it.",
        make=_digest,
        parameters=(
            Parameter(
                name="form",
                wanted=Type.TEXT,
                says="how it is written",
                default="sha256:hex",
                choices=("sha256:hex", "hex", "base64"),
            ),
        ),
        examples=(
            Example(
                given=b"",
                made="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                parameters={"form": "hex"},
            ),
        ),
    ),
    Transform(
        name="size",
        family=Family.OCTETS,
        takes=takes(Type.OCTETS),
        gives=Type.INTEGER,
        says="How many octets there are.",
        make=lambda: Made(apply=lambda value: len(_octets(value)), in_pieces=True),
        examples=(Example(given=b"%PDF", made=4),),
    ),
)
