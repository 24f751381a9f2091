"""Secrets in evidence: a fixed mark in their place, and the places in the record.

A stored message never has a password, a token or a cookie in it, nor a digest of octets that have one: whoever reads
the store could try short secrets against such a digest.
"""

from __future__ import annotations

import base64
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html.entities import html5
from itertools import groupby
from textwrap import wrap
from typing import Final

MASK: Final = "SECRET-REMOVED"
"""Text in the place of a secret. It stands in XML, JSON and HTTP as it is."""

MASKED: Final = "masked"
"""Key in the context of a message's record: the places in which `MASK` stands for a secret, with ``; `` between them.

The stored octets are then not those on the wire, and the digest in the record is that of the stored octets.
"""

_MOST_PLACES: Final = 20


def masks(places: Sequence[str]) -> dict[str, str]:
    """Return the part of a record's context that names the places of marks; none without any."""
    if not places:
        return {}
    more = [f"{len(places) - _MOST_PLACES} more"] if len(places) > _MOST_PLACES else []
    return {MASKED: "; ".join([*places[:_MOST_PLACES], *more])}


SHORTEST: Final = 8
"""Fewest octets of a secret that is searched for. A shorter one could stand anywhere, and its marks would tell it."""

_LAST_TOKENS: Final = 8


class Secrets:
    """Secrets of one service: those of the configuration, and the last tokens of its sessions. Safe for threads."""

    def __init__(self, known: Iterable[bytes] = ()) -> None:
        self._known = [form for secret in known for form in _forms(secret)]
        self._tokens: deque[tuple[str, tuple[_Form, ...]]] = deque(maxlen=_LAST_TOKENS)

    def note(self, token: str) -> None:
        """Search for this token from now on, too."""
        if all(token != noted for noted, _ in self._tokens.copy()):
            self._tokens.append((token, tuple(_forms(token.encode()))))

    def masked(self, octets: bytes) -> tuple[bytes, tuple[str, ...]]:
        """Return octets with `MASK` in the place of each secret, and these places in what is returned.

        A secret is found as it is, and as XML, JSON, addresses and base64 write it, however they write each character;
        not inside of other encodings.
        """
        parts, places, at, read = list[bytes](), list[str](), 0, 0
        for start, end in self._spans(octets):
            parts += octets[read:start], MASK.encode()
            at += start - read
            places.append(f"octets {at} to {at + len(MASK)}")
            at, read = at + len(MASK), end
        return (b"".join([*parts, octets[read:]]), tuple(places)) if places else (octets, ())

    def masked_text(self, text: str) -> str:
        """Return a text, such as an error's words, without secrets."""
        return self.masked(text.encode())[0].decode()

    def _spans(self, octets: bytes) -> list[tuple[int, int]]:
        """Return beginnings and ends of secrets in their order; those that overlap are one."""
        is_escaped = any(lead in octets for lead in _LEADS)
        found = list[tuple[int, int]]()
        for form in (*self._known, *(each for _, forms in self._tokens.copy() for each in forms)):
            if is_escaped or any(plain in octets for plain in form.plain):
                found += (match.span() for match in form.written.finditer(octets))
        apart = list[tuple[int, int]]()
        for start, end in sorted(found):
            if apart and start < apart[-1][1]:
                apart[-1] = apart[-1][0], max(end, apart[-1][1])
            else:
                apart.append((start, end))
        return apart


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """A secret, or its base64. Octets without any of `_LEADS` hold it only if they hold one of ``plain``."""

    plain: tuple[bytes, ...] = field(repr=False)
    written: re.Pattern[bytes] = field(repr=False)


_LEADS: Final = (b"\\", b"&", b"%")
"""Octets with which JSON, XML and addresses begin an escaped character."""

_BASE64_OF_URLS: Final = {"+": "-", "/": "_"}
"""RFC 4648, 5. Addresses leave the padding out."""


def _forms(secret: bytes) -> Iterator[_Form]:
    if len(secret) < SHORTEST:
        return
    coded = base64.b64encode(secret).decode().rstrip("=")
    plain = coded.encode(), base64.urlsafe_b64encode(secret).rstrip(b"=")
    yield _Form(plain=plain, written=_pattern(coded, _BASE64_OF_URLS, f"{_one('=', '')}{{0,2}}"))
    try:
        text = secret.decode()
    except UnicodeDecodeError:
        yield _Form(plain=(secret,), written=re.compile(re.escape(secret)))
        return
    # A space is a plus sign in forms (application/x-www-form-urlencoded).
    yield _Form(plain=(secret, secret.replace(b" ", b"+")), written=_pattern(text, {" ": "+"}))


def _pattern(text: str, others: Mapping[str, str], end: str = "") -> re.Pattern[bytes]:
    """Return a pattern for a text of which each character may be escaped; ``others`` may stand for characters."""
    made = list[str]()
    for character, run in groupby(text):
        count = len(list(run))
        if character == "\\":
            # JSON doubles it. One rule for all of a run, or the ways to read them would double with each.
            made.append(rf"(?>(?:\\\\|{_escaped(character)}){{{count}}}|\\{{{count}}})")
        else:
            made += [_one(character, others.get(character, ""))] * count
    # Each character of the pattern is one octet.
    return re.compile("".join([*made, end]).encode("latin-1"))


def _one(character: str, other: str) -> str:
    plain = "|".join(re.escape(each.encode().decode("latin-1")) for each in (character, other) if each)
    return f"(?:{_escaped(character)}|{plain})"  # escapes first: an ampersand is the beginning of its own


@cache
def _escaped(character: str) -> str:
    """Return the pattern of a character that JSON, XML, HTML or an address escapes. Alternatives begin differently."""
    number = ord(character)
    units = wrap(character.encode("utf-16-be").hex(), 4)
    in_json = [r"\\".join(f"u{_any_case(unit)}" for unit in units), *_SHORT.get(character, ())]
    names = [name[:-1] for name, meant in html5.items() if meant == character and name.endswith(";")]
    in_xml = [f"#0*{number}", f"#[xX]0*{_any_case(f'{number:x}')}", *names]
    in_addresses = "".join(f"%{_any_case(f'{octet:02x}')}" for octet in character.encode())
    return rf"\\(?:{'|'.join(in_json)})|&(?:{'|'.join(in_xml)});|{in_addresses}"


def _any_case(digits: str) -> str:
    return "".join(f"[{one}{one.upper()}]" if one.isalpha() else one for one in digits)


_SHORT: Final = {'"': '"', "/": "/", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
"""Ends of the short escapes of JSON (RFC 8259, 7), but for the backslash, of which `_pattern` takes care."""


NO_SECRETS: Final = Secrets()
