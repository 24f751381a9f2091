"""The asset register by REST: one GET for each parcel, a few at a time.

    GET URL/parcels/5-12-3-4-5-6-0
    200 {"parcel": "5-12-3-4-5-6-0", "municipal": true, "as_of": "2026-11-29T08:00:00Z"}

``municipal`` is true, false, or null for a parcel that the register does not know. Every other status is no answer,
also 404: a wrong address must not look like a register that knows nothing. This contract is ours
(`docs/connect/asset-register.md`): none is published.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import local
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, ValidationError

from adapters.crypto.schema.strict_json import JsonLimits, parse
from adapters.http.client import HttpAnswer, HttpClient, NoAnswer
from adapters.http.known_service import KnownService
from gateway.record.parcel_answer import ParcelAnswer, ParcelFinding
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.trust.trust_policy import Rejection

CREDENTIALS: Final = "asset-register.credentials"
"""Code of credentials that the register does not know, or that cannot be read."""

LIMITS: Final = JsonLimits(max_bytes=16 * 1024, max_depth=4, max_tokens=400)
_UNKNOWN_TO_THEM: Final = frozenset({401, 403})


class _Answer(BaseModel):
    """Answer of the register; what else stands in it is neither read nor kept."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    parcel: StrictStr
    municipal: StrictBool | None
    as_of: StrictStr | None = Field(default=None, max_length=40)


class RestRegister:
    """Implementation of `gateway.intake.parcel_check.AssetRegister`, with at most ``calls`` under way at a time.

    Its threads begin with the first question.
    """

    def __init__(self, service: KnownService, clock: Clock, calls: int = 4) -> None:
        self._service, self._clock, self._calls, self._own = service, clock, calls, local()
        self._pool = ThreadPoolExecutor(calls, thread_name_prefix="asset-register")
        self._clients: list[HttpClient] = []

    @property
    def name(self) -> str:
        return self._service.url

    @property
    def at_once(self) -> int:
        return self._calls

    def look_up(self, parcels: Sequence[str]) -> Sequence[ParcelAnswer | GatewayError]:
        return list(self._pool.map(self._one, parcels))

    def check(self, parcel: str) -> ParcelAnswer:
        """Ask about a parcel. Raises `GatewayError` ``asset-register.*``, ``config.endpoint``."""
        client = self._service.client()
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
                client = self._own.client = self._service.client()
                self._clients.append(client)
            return self._asked(client, parcel)
        except GatewayError as error:
            return error

    def _asked(self, client: HttpClient, parcel: str) -> ParcelAnswer:
        self._service.assert_private()
        url = f"{self._service.url.rstrip('/')}/parcels/{parcel}"
        headers = {"Accept": "application/json", **self._service.authorization()}
        began = self._clock()
        try:
            answer = client.get(url, headers, LIMITS.max_bytes)
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
            raise GatewayError(CREDENTIALS, where=self.name, detail=f"HTTP {answer.status}")
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
