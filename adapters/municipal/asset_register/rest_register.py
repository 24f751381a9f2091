"""The asset register by REST: one GET for each parcel, a few at a time.

    GET URL/parcels/5-12-3-4-5-6-0
    200 {"parcel": "5-12-3-4-5-6-0", "municipal": true, "as_of": "2026-11-29T08:00:00Z"}

``municipal`` is true, false, or null for a parcel that the register does not know. Every other status is no answer,
also 404: a wrong address must not look like a register that knows nothing. This contract is ours
(`docs/connect/asset-register.md`): none is published.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import local
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, ValidationError

from adapters.crypto.schema.strict_json import JsonLimits, parse
from adapters.http.client import HttpAnswer, HttpClient, NoAnswer, Tls
from adapters.http.loopback import assert_private
from gateway.record.parcel_answer import ParcelAnswer, ParcelFinding
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.trust.trust_policy import Rejection

LIMITS: Final = JsonLimits(max_bytes=16 * 1024, max_depth=4, max_tokens=400)
_UNKNOWN_TO_THEM: Final = frozenset({401, 403})

Secret = Callable[[], bytes | None]
"""Function that reads a secret from its file at each use. Raises `GatewayError` ``asset-register.credentials``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterSettings:
    """Settings of the register. ``url`` is https, or on this machine; with ``loopback_only``, on this machine only.

    ``token`` is sent as a bearer token; ``key_password`` opens the key of our ``certificate`` (PEM files). At most
    ``calls`` are under way at a time.
    """

    url: str
    anchors: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: Secret = lambda: None
    token: Secret = lambda: None
    timeout: timedelta = timedelta(seconds=5)
    calls: int = 4
    loopback_only: bool = False


class _Answer(BaseModel):
    """Answer of the register; what else stands in it is neither read nor kept."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    parcel: StrictStr
    municipal: StrictBool | None
    as_of: StrictStr | None = Field(default=None, max_length=40)


class RestRegister:
    """Implementation of `gateway.intake.parcel_check.AssetRegister`. Its threads begin with the first question."""

    def __init__(self, settings: RegisterSettings, clock: Clock) -> None:
        self._settings, self._clock, self._own = settings, clock, local()
        self._pool = ThreadPoolExecutor(settings.calls, thread_name_prefix="asset-register")
        self._clients: list[HttpClient] = []

    @property
    def name(self) -> str:
        return self._settings.url

    @property
    def at_once(self) -> int:
        return self._settings.calls

    def look_up(self, parcels: Sequence[str]) -> Sequence[ParcelAnswer | GatewayError]:
        return list(self._pool.map(self._one, parcels))

    def check(self, parcel: str) -> ParcelAnswer:
        """Ask about a parcel. Raises `GatewayError` ``asset-register.*``, ``config.endpoint``."""
        client = self._client()
        try:
            return self._asked(client, parcel)
        finally:
            client.close()

    def close(self) -> None:
        self._pool.shutdown()
        for client in self._clients:
            client.close()

    def _one(self, parcel: str) -> ParcelAnswer | GatewayError:
        try:
            client: HttpClient | None = getattr(self._own, "client", None)
            if client is None:
                client = self._own.client = self._client()
                self._clients.append(client)
            return self._asked(client, parcel)
        except GatewayError as error:
            return error

    def _asked(self, client: HttpClient, parcel: str) -> ParcelAnswer:
        url = self._settings.url.rstrip("/")
        assert_private(url, "asset_register", loopback_only=self._settings.loopback_only)
        began = self._clock()
        try:
            answer = client.get(f"{url}/parcels/{parcel}", self._headers(), LIMITS.max_bytes)
        except NoAnswer as error:
            raise GatewayError("asset-register.unreachable", where=self.name, detail=error.reason) from error
        told = self._read(answer, parcel)
        findings = {True: ParcelFinding.MUNICIPAL, False: ParcelFinding.OTHER, None: ParcelFinding.UNLISTED}
        return ParcelAnswer(
            parcel=parcel,
            finding=findings[told.municipal],
            asked_at=began,
            answered_at=self._clock(),
            as_of=told.as_of,
        )

    def _read(self, answer: HttpAnswer, parcel: str) -> _Answer:
        if answer.status in _UNKNOWN_TO_THEM:
            raise GatewayError("asset-register.credentials", where=self.name, detail=f"HTTP {answer.status}")
        if answer.status != 200:
            raise GatewayError("asset-register.answer", where=self.name, detail=f"HTTP {answer.status}")
        try:
            told = _Answer.model_validate(parse(answer.body, LIMITS))
        except (ValidationError, Rejection) as error:
            # Neither quotes a value: an answer may hold an owner's name.
            raise GatewayError("asset-register.answer", where=self.name, detail=words_of(error)) from None
        if told.parcel != parcel:
            raise GatewayError("asset-register.answer", where=self.name, detail="another parcel's answer")
        return told

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if (token := self._settings.token()) is not None:
            try:
                headers["Authorization"] = f"Bearer {token.decode('ascii')}"
            except UnicodeDecodeError as error:
                raise self._credentials(error) from error
        return headers

    def _client(self) -> HttpClient:
        known, password = self._settings, self._settings.key_password()
        try:
            _assert_usable(known.anchors, known.certificate, known.key, password or b"")
        except (OSError, ValueError) as error:  # an SSLError is an OSError
            raise self._credentials(error) from error
        tls = Tls(anchors=known.anchors, certificate=known.certificate, key=known.key, password=password or None)
        return HttpClient(known.timeout, tls)

    def _credentials(self, error: Exception) -> GatewayError:
        return GatewayError("asset-register.credentials", where=self.name, detail=words_of(error))


def _assert_usable(anchors: Path | None, certificate: Path | None, key: Path | None, password: bytes) -> None:
    """Raise ``OSError`` if one of these files is unusable. OpenSSL would ask a terminal for a missing password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if anchors is not None:
        context.load_verify_locations(anchors)
    if certificate is not None:
        context.load_cert_chain(certificate, key, lambda: password)
