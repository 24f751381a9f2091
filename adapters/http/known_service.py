"""A service of others over https that knows us: by a bearer token, a certificate of ours, both or neither."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from adapters.http.client import HttpClient
from adapters.http.loopback import assert_private
from adapters.http.tls import Tls
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

Secret = Callable[[], bytes | None]
"""Function that reads a secret from its file at each use. Raises `GatewayError` with the code of the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownService:
    """Address of a service, and our means to be known there.

    ``url`` is https, or on this machine; with ``loopback_only``, on this machine only. ``token`` is sent as a bearer
    token, one line of printable ASCII; ``key_password`` opens the key of our ``certificate`` (PEM files). Without
    ``anchors`` (PEM) the roots of browsers are used. ``credentials`` is the code of errors of these files.
    """

    name: str
    url: str
    credentials: str
    anchors: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: Secret = lambda: None
    token: Secret = lambda: None
    timeout: timedelta = timedelta(seconds=10)
    loopback_only: bool = False

    def assert_private(self) -> None:
        """Raise `GatewayError` ``config.endpoint`` if messages would leave this machine in clear."""
        assert_private(self.url, self.name, loopback_only=self.loopback_only)

    def authorization(self) -> dict[str, str]:
        """Return the header with our token, if there is one. Raises `GatewayError` with ``credentials``."""
        token = self.token()
        return {} if token is None else {"Authorization": f"Bearer {token.decode('ascii')}"}

    def client(self) -> HttpClient:
        """Return a client with a new connection. Raises `GatewayError` with ``credentials``."""
        password = self.key_password()
        for file in (self.anchors, self.certificate, self.key):
            if file is not None and not file.is_file():
                raise GatewayError(self.credentials, where=self.name, detail=f"{file}: no such file")
        try:
            _assert_usable(self.anchors, self.certificate, self.key, password or b"")
        except (OSError, ValueError) as error:  # an SSLError is an OSError
            raise self._unusable(error) from error
        tls = Tls(anchors=self.anchors, certificate=self.certificate, key=self.key, password=password or None)
        return HttpClient(self.timeout, tls)

    def _unusable(self, error: Exception) -> GatewayError:
        return GatewayError(self.credentials, where=self.name, detail=words_of(error))


def _assert_usable(anchors: Path | None, certificate: Path | None, key: Path | None, password: bytes) -> None:
    """Raise ``OSError`` if one of these files is unusable.

    OpenSSL would ask a terminal for a missing password, and a service has none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if anchors is not None:
        context.load_verify_locations(anchors)
    if certificate is not None:
        context.load_cert_chain(certificate, key, lambda: password)
