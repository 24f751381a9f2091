"""Sign-in that is under way at a provider. The browser keeps it, encrypted; nothing is stored for strangers."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Final

from adapters.crypto.keys.key_file import KeyFile, Unopened
from gateway.runtime.clock import parse_timestamp, timestamp

VALID_FOR: Final = timedelta(minutes=10)
_BOUND: Final = [b"openid sign-in"]
_MAX: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignIn:
    """Sign-in with its secrets: ``state`` and ``nonce`` bind the provider's answer to it, ``verifier`` the code (PKCE).

    It leads to the page ``back``. With ``code_digest`` it is the enrolment of ``login`` by this invitation.
    """

    issuer: str
    begun_at: datetime
    back: str
    login: str = field(default="", repr=False)
    code_digest: str = field(default="", repr=False)
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)

    def sealed(self, key: KeyFile) -> str:
        """Return the sign-in as a cookie holds it. Raises `GatewayError` ``people.key``."""
        text = json.dumps(asdict(self) | {"begun_at": timestamp(self.begun_at)})
        return base64.urlsafe_b64encode(key.closed(text.encode(), _BOUND)).decode()

    @classmethod
    def opened(cls, sealed: str, key: KeyFile, now: datetime, skew: timedelta) -> PendingSignIn | None:
        """Return the sign-in of a cookie; None for one that was changed, or has ended.

        Another machine, whose clock is ahead by ``skew`` at most, may have begun it.
        """
        try:
            found = json.loads(key.opened(base64.urlsafe_b64decode(sealed[:_MAX]), _BOUND))
            pending = cls(**found | {"begun_at": parse_timestamp(found["begun_at"])})
        except (Unopened, binascii.Error, ValueError):
            return None
        return pending if pending.begun_at - skew <= now < pending.begun_at + VALID_FOR else None
