"""Secrets in evidence: a fixed mark in their place, and the places in the record.

A stored message never has a password, a token or a cookie in it, nor a digest of octets that have one: whoever reads
the store could try short secrets against such a digest.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import quote

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
        self._known = tuple(known)
        self._tokens: deque[bytes] = deque(maxlen=_LAST_TOKENS)

    def note(self, token: str) -> None:
        """Search for this token from now on, too."""
        if token.encode() not in self._tokens:
            self._tokens.append(token.encode())

    def masked(self, octets: bytes) -> tuple[bytes, tuple[str, ...]]:
        """Return octets with `MASK` in the place of each secret, and these places in what is returned.

        A secret is found as it is, and as XML, JSON, addresses and base64 write it; not inside of other encodings.
        """
        forms = sorted({form for secret in (*self._known, *self._tokens) for form in _forms(secret)}, key=len)
        if not forms:
            return octets, ()
        found = re.split(b"|".join(re.escape(form) for form in reversed(forms)), octets)
        places, at = list[str](), 0
        for part in found[:-1]:
            at += len(part)
            places.append(f"octets {at} to {at + len(MASK)}")
            at += len(MASK)
        return MASK.encode().join(found), tuple(places)

    def masked_text(self, text: str) -> str:
        """Return a text, such as an error's words, without secrets."""
        return self.masked(text.encode())[0].decode()


NO_SECRETS: Final = Secrets()


def _forms(secret: bytes) -> Iterator[bytes]:
    if len(secret) < SHORTEST:
        return
    yield secret
    yield base64.b64encode(secret)
    try:
        text = secret.decode()
    except UnicodeDecodeError:
        return
    escaped = html.escape(text, quote=False)
    yield escaped.encode()
    yield escaped.replace('"', "&quot;").replace("'", "&apos;").encode()
    yield json.dumps(text)[1:-1].encode()
    yield json.dumps(text, ensure_ascii=False)[1:-1].encode()
    yield quote(text, safe="").encode()
