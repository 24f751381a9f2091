"""Witness over https: each checkpoint is posted unchanged, and answered by 200, 201 or 204 once it is kept.

A service by C2SP tlog-witness answers 409 if it holds a checkpoint of more records; so may any other. If the body of a
409 is its note, the signature is verified here, and the content is compared with our tree.

The header ``Consistency-Proof`` has the proof, in base64, that the tree continues the checkpoint that was accepted
last. It is the file that `archive prove` writes.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from adapters.http.client import HttpAnswer, HttpClient, NoAnswer, Tls
from adapters.http.loopback import assert_private
from gateway.archive.witnessing import Claim, Letter
from gateway.merkle.checkpoint import is_note
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

_KEPT: Final = frozenset({200, 201, 204})
_UNKNOWN_TO_THEM: Final = frozenset({401, 403})
_HOLDS_MORE: Final = 409
_MAX_ANSWER: Final = 4096
_MAX_WORDS: Final = 120

Secret = Callable[[], bytes | None]
"""Function that reads a secret from its file at each use. Raises `GatewayError` ``witness.credentials``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpsSettings:
    """Settings of a service. ``url`` is https, or on this machine; with ``loopback_only``, on this machine only.

    ``token`` is sent as a bearer token; ``key_password`` opens the key of our ``certificate`` (PEM files).
    """

    name: str
    url: str
    anchors: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: Secret = lambda: None
    token: Secret = lambda: None
    timeout: timedelta = timedelta(seconds=10)
    loopback_only: bool = False


class HttpsWitness:
    """Implementation of `gateway.archive.witnessing.Witness` by a service over https."""

    def __init__(self, settings: HttpsSettings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        return self._settings.name

    def notes(self) -> Sequence[bytes]:
        """Return nothing: it shows its checkpoint only in a refusal."""
        return ()

    def hand_over(self, letter: Letter) -> None:
        answer = self._post(letter)
        if answer.status in _KEPT:
            return
        said = f"HTTP {answer.status}, {_words(answer.body)}".rstrip(", ")
        if answer.status == _HOLDS_MORE:
            if is_note(answer.body):
                raise Claim("witness.ahead", where=self.name, detail=f"HTTP {_HOLDS_MORE}", note=answer.body)
            raise GatewayError("witness.ahead", where=self.name, detail=said)
        code = "witness.credentials" if answer.status in _UNKNOWN_TO_THEM else "witness.refused"
        raise GatewayError(code, where=self.name, detail=said)

    def check(self) -> str:
        """Check address, token and certificates; a query to the service would already send it something."""
        assert_private(self._settings.url, self.name, loopback_only=self._settings.loopback_only)
        self._headers()
        self._client().close()
        return self._settings.url

    def _post(self, letter: Letter) -> HttpAnswer:
        assert_private(self._settings.url, self.name, loopback_only=self._settings.loopback_only)
        headers, client = self._headers(), self._client()
        if (proof := letter.proof) is not None:
            headers["Consistency-Proof"] = base64.b64encode(proof.octets).decode()
        try:
            return client.post(self._settings.url, letter.note, headers, _MAX_ANSWER)
        except NoAnswer as error:
            raise GatewayError("witness.unreachable", where=self.name, detail=error.reason) from error
        finally:
            client.close()

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if (token := self._settings.token()) is not None:
            try:
                headers["Authorization"] = f"Bearer {token.decode('ascii')}"
            except UnicodeDecodeError as error:
                raise self._credentials(error) from error
        return headers

    def _client(self) -> HttpClient:
        """Return a client with a new connection: an idle one would be closed between two checkpoints."""
        known, password = self._settings, self._settings.key_password()
        for file in (known.anchors, known.certificate, known.key):
            if file is not None and not file.is_file():
                raise GatewayError("witness.credentials", where=self.name, detail=f"{file}: no such file")
        try:
            _assert_usable(known.anchors, known.certificate, known.key, password or b"")
        except (OSError, ValueError) as error:  # an SSLError is an OSError
            raise self._credentials(error) from error
        tls = Tls(anchors=known.anchors, certificate=known.certificate, key=known.key, password=password or None)
        return HttpClient(known.timeout, tls)

    def _credentials(self, error: Exception) -> GatewayError:
        return GatewayError("witness.credentials", where=self.name, detail=words_of(error))


def _assert_usable(anchors: Path | None, certificate: Path | None, key: Path | None, password: bytes) -> None:
    """Raise ``OSError`` if one of these files is unusable.

    OpenSSL would ask a terminal for a missing password, and a service has none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if anchors is not None:
        context.load_verify_locations(anchors)
    if certificate is not None:
        context.load_cert_chain(certificate, key, lambda: password)


def _words(body: bytes) -> str:
    return "".join(each for each in body.decode("utf-8", "replace") if each.isprintable())[:_MAX_WORDS]
