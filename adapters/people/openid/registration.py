"""Registration of the console at an OpenID provider, and the proof of it that the provider wants."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import JWKRegistry, Key

from adapters.http.tls import Tls
from gateway.runtime.errors import GatewayError

_KINDS: Final = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


class ProviderError(GatewayError):
    """`GatewayError` ``openid.unreachable`` or ``openid.mismatch``: nobody can sign in there, and all others go on."""

    literal_name = "ProviderError"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Registration as ``client_id`` at ``issuer``, proven by ``secret`` or by ``key`` (PEM).

    An ID token is signed by one of ``algorithms``; clocks differ by ``skew`` at most. ``subject_claim`` names an
    account. If ``second_factor`` is wanted, the token has one of the methods ``amr``, or one of the classes ``acr``.
    """

    issuer: str
    client_id: str
    redirect_uri: str
    signed_out_uri: str
    tls: Tls
    timeout: timedelta
    algorithms: Collection[str]
    skew: timedelta
    subject_claim: str = "sub"
    secret: bytes | None = field(default=None, repr=False)
    key: bytes | None = field(default=None, repr=False)
    key_algorithm: str = "RS256"
    second_factor: bool = False
    amr: frozenset[str] = frozenset()
    acr: frozenset[str] = frozenset()

    def proof(self, methods: Collection[str]) -> ClientAuth:
        """Return the proof of this registration (RFC 6749, 2.3.1; RFC 7523), by one of the provider's ``methods``.

        Raises `LookupError` if the provider takes none that is possible.
        """
        if self.key is not None:
            if PrivateKeyJWT.name not in methods:
                raise LookupError(PrivateKeyJWT.name)
            return ClientAuth(self.client_id, self._private_key(), PrivateKeyJWT(alg=self.key_algorithm))
        secret = (self.secret or b"").decode("utf-8", "replace")
        if "client_secret_basic" in methods:
            return ClientAuth(quote(self.client_id, safe=""), quote(secret, safe=""), "client_secret_basic")
        if "client_secret_post" in methods:
            return ClientAuth(self.client_id, secret, "client_secret_post")
        raise LookupError("client_secret_basic")

    def assert_key(self) -> None:
        """Raise `ValueError` if there is a private key that does not fit its algorithm."""
        if self.key is not None:
            self._private_key()

    def _private_key(self) -> Key:
        found = JWKRegistry.import_key(self.key or b"", _KINDS[self.key_algorithm[:2]])
        if not found.is_private:
            raise ValueError("a private key is wanted")
        return found
