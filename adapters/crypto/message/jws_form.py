"""Names in a JWS. A profile states them, and needs no cryptography for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TYPE: Final = "eblagh-message+jws"
"""Type of signed content, so that no other signature of the same key passes as a message (RFC 8725, 3.11)."""

REGISTERED: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
"""Claims with a registered meaning (RFC 7519, 4.1)."""

ALWAYS: Final = frozenset({"jti", "iat", "exp"})
"""Claims of every message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JwsForm:
    """Names that both sides agreed on: ``type`` in the header; operation, related message and content in the payload.

    Raises `ValueError` if two names are equal, or one is registered.
    """

    type: str = TYPE
    operation: str = "op"
    relates_to: str = "re"
    body: str = "body"

    def __post_init__(self) -> None:
        own = {self.operation, self.relates_to, self.body}
        if len(own) < 3 or own & REGISTERED or not all(own) or not self.type:
            raise ValueError("three names of its own, and a type")

    @property
    def required(self) -> frozenset[str]:
        return ALWAYS | {self.operation, self.body}

    @property
    def allowed(self) -> frozenset[str]:
        return self.required | {self.relates_to, "aud"}


OURS: Final = JwsForm()
