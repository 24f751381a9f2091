"""Bearer tokens of a source. Only their SHA-256 is kept: a reader of the file can push nothing."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from pathlib import Path

from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

_DIGEST = re.compile("[0-9a-fA-F]{64}")
_BEARER = re.compile("Bearer +([A-Za-z0-9._~+/=-]{32,512})", re.IGNORECASE)
"""RFC 6750, 2.1. A token shorter than 32 characters could be guessed."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens that may push, as ``digests``; with two of them a token can be renewed without a gap."""

    digests: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def load(cls, path: Path) -> Tokens:
        """Read digests, one a line; a comment begins with ``#``. Raises `GatewayError` ``push.token-file``."""
        try:
            lines = [line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
        except (OSError, ValueError) as error:
            raise GatewayError("push.token-file", where=str(path), detail=words_of(error)) from error
        found = [(number, line) for number, line in enumerate(lines, start=1) if line]
        if bad := [number for number, line in found if not _DIGEST.fullmatch(line)]:
            raise GatewayError("push.token-file", where=f"{path}, line {bad[0]}", detail="no SHA-256")
        if not found:
            raise GatewayError("push.token-file", where=str(path), detail="empty")
        return cls(tuple(bytes.fromhex(line) for _, line in found))

    def admit(self, authorization: str) -> bool:
        """Return True if the header holds one of the tokens, in constant time."""
        match = _BEARER.fullmatch(authorization.strip())
        given = hashlib.sha256(match[1].encode() if match else b"").digest()
        equal = [hmac.compare_digest(given, digest) for digest in self.digests]
        return match is not None and any(equal)
