"""Second factors: codes of an authenticator by time (TOTP, RFC 6238), with encrypted secrets and a QR code."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import pyotp
import segno

from adapters.crypto.keys.key_file import KeyFile, Unopened
from gateway.notice.text import plain
from gateway.people.people_change import EncryptedSecret
from gateway.runtime.errors import GatewayError

STEP_SECONDS: Final = 30
DRIFT: Final = (0, -1, 1)
"""Steps whose code is taken: the present one, and its neighbours (RFC 6238, 5.2)."""
ISSUER: Final = "Eblagh Gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticatorSetup:
    """Setup of a person's authenticator: ``uri`` (otpauth), the same as a QR code (SVG), and the secret to be typed."""

    uri: str = field(repr=False)
    svg: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True)
class SecondFactors:
    """Second factors with their secrets encrypted by ``key``. A secret is bound to its person."""

    key: KeyFile

    def new_secret(self, person: str) -> EncryptedSecret:
        """Return a new secret of 160 bits. Raises `GatewayError` ``people.key``, as the other methods do."""
        octets = self.key.closed(pyotp.random_base32().encode(), _bound(person))
        return EncryptedSecret(key_id=self.key.id, octets=octets)

    def step_of(self, secret: EncryptedSecret, person: str, code: str, now: datetime) -> int | None:
        """Return the time step of a right code, or None if it is wrong.

        The caller sees that a step counts once. Digits may be of any script, with spaces between them.
        """
        generator, typed = pyotp.TOTP(self._opened(secret, person)), plain(code).replace(" ", "")
        present = int(now.timestamp()) // STEP_SECONDS
        steps = [present + drift for drift in DRIFT]
        if not typed.isascii():
            return None
        right = [step for step in steps if hmac.compare_digest(generator.generate_otp(step), typed)]
        return right[0] if right else None

    def setup(self, secret: EncryptedSecret, person: str, login: str) -> AuthenticatorSetup:
        """Return what the person's authenticator needs; it is shown once, at the enrolment."""
        opened = self._opened(secret, person)
        uri = pyotp.TOTP(opened).provisioning_uri(name=login, issuer_name=ISSUER)
        svg = segno.make(uri, error="m", micro=False).svg_inline(border=4, omitsize=True, light="#fff")
        return AuthenticatorSetup(uri=uri, svg=svg, secret=opened)

    def _opened(self, secret: EncryptedSecret, person: str) -> str:
        if secret.key_id != self.key.id:
            raise GatewayError("people.key", where=str(self.key.path), detail="another key closed this second factor")
        try:
            return self.key.opened(secret.octets, _bound(person)).decode()
        except (Unopened, ValueError) as error:
            detail = "a second factor in the store was changed"
            raise GatewayError("people.key", where=str(self.key.path), detail=detail) from error


def _bound(person: str) -> list[bytes]:
    return [b"second factor", person.encode()]
