"""Calls to an OpenID provider: its metadata, its keys, and the exchange of a code. All of them are bounded.

Metadata and keys are kept for a while. No redirect is followed, and nothing is asked of another host than the issuer's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock
from typing import Any, Final

from authlib.oauth2.rfc6749.parameters import prepare_token_request
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from joserfc.util import base64_to_int

from adapters.crypto.schema.strict_json import JsonLimits, parse
from adapters.http.client import HttpAnswer, HttpClient, NoAnswer
from adapters.people.openid.provider_metadata import Metadata, address_of, metadata_of
from adapters.people.openid.registration import ProviderError, Registration
from gateway.runtime.errors import GatewayError

MIN_RSA_BITS: Final = 2048
_LIMITS: Final = JsonLimits(max_bytes=128 * 1024, max_depth=12, max_tokens=16 * 1024)
KEPT_FOR: Final = timedelta(minutes=10)
"""Time for which metadata and keys are kept."""
KEYS_AGAIN_AFTER: Final = timedelta(minutes=1)
"""A key that is not known is asked for no more often than that: a stranger can name any."""
AT_A_TIME: Final = 4
"""Calls at a time: a provider that is slow must not take all threads of the console."""
_WORD: Final = re.compile(r"[a-z_]{1,40}")
_NOBODYS_CODE: Final = "eblagh-check"


@dataclass
class Provider:
    """Provider of a registration. May be used from several threads."""

    registration: Registration
    _metadata: tuple[datetime, Metadata] | None = None
    _keys: tuple[datetime, KeySet] | None = None
    _lock: Lock = field(default_factory=Lock)
    _few: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(AT_A_TIME))

    def metadata(self, now: datetime) -> Metadata:
        """Return the provider's metadata. Raises `GatewayError` ``openid.unreachable``, ``openid.mismatch``."""
        kept = self._metadata
        if kept is None or not kept[0] <= now < kept[0] + KEPT_FOR:
            told = self._get(address_of(self.registration.issuer))
            kept = now, metadata_of(told, self.registration)
            with self._lock:
                self._metadata = kept
        return kept[1]

    def keys(self, now: datetime, kid: str | None = None) -> KeySet:
        """Return the provider's public keys; ask for them again if none is named ``kid``. Raises as `metadata`."""
        kept = self._keys
        age = None if kept is None else now - kept[0]
        unknown = kept is not None and kid is not None and all(each.kid != kid for each in kept[1].keys)
        fresh = age is not None and timedelta(0) <= age < (KEYS_AGAIN_AFTER if unknown else KEPT_FOR)
        if kept is None or not fresh:
            told = self._get(self.metadata(now).keys)
            kept = now, KeySet(list(self._public(told)))
            with self._lock:
                self._keys = kept
        return kept[1]

    def redeem(self, code: str, verifier: str, now: datetime) -> Mapping[str, Any]:
        """Return the tokens of a code, which counts once.

        Raises `GatewayError` ``openid.request`` for a code that does not count (any more), ``openid.mismatch`` if the
        provider does not know us, ``openid.unreachable``.
        """
        status, told = self._redeem(code, verifier, now)
        if status == 200:
            return told
        error = told.get("error")
        word = error if isinstance(error, str) and _WORD.fullmatch(error) else f"HTTP {status}"
        if word == "invalid_grant":
            raise GatewayError("openid.request", detail=word)
        if word in ("invalid_client", "unauthorized_client"):
            raise ProviderError("openid.mismatch", where=self.registration.issuer, detail=word)
        raise ProviderError("openid.unreachable", where=self.registration.issuer, detail=word)

    def check(self, now: datetime) -> str:
        """Ask for metadata, keys, and an exchange that must fail by its code alone; return a summary.

        Raises `GatewayError` as the others do.
        """
        there, keys = self.metadata(now), self.keys(now).keys
        try:
            self.redeem(_NOBODYS_CODE, _NOBODYS_CODE * 4, now)
        except GatewayError as error:
            if error.code != "openid.request":
                raise
        end = "signs people out" if there.end_session else "signs nobody out"
        return f"{self.registration.issuer} knows this console; {len(keys)} keys; it {end}"

    def _redeem(self, code: str, verifier: str, now: datetime) -> tuple[int, Mapping[str, Any]]:
        there = self.metadata(now)
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        body = prepare_token_request(
            "authorization_code", redirect_uri=self.registration.redirect_uri, code=code, code_verifier=verifier
        )
        address, headers, body = there.proof.prepare("POST", there.token, headers, body)
        with self._client() as client:
            answer = client.post(address, body.encode(), headers, _LIMITS.max_bytes)
        return answer.status, self._object(answer)

    def _get(self, address: str) -> Mapping[str, Any]:
        with self._client() as client:
            answer = client.get(address, {"Accept": "application/json"}, _LIMITS.max_bytes)
        if answer.status != 200:
            raise self._unreachable(f"HTTP {answer.status}")
        return self._object(answer)

    @contextmanager
    def _client(self) -> Iterator[HttpClient]:
        if not self._few.acquire(blocking=False):
            raise self._unreachable("too many sign-ins at a time")
        try:
            with closing(HttpClient(self.registration.timeout, self.registration.tls)) as client:
                yield client
        except NoAnswer as error:
            raise self._unreachable(error.reason) from error
        finally:
            self._few.release()

    def _object(self, answer: HttpAnswer) -> Mapping[str, Any]:
        try:
            found = parse(answer.body, _LIMITS)
        except GatewayError as error:
            raise self._unreachable(f"HTTP {answer.status}, no JSON: {error.code}") from error
        if not isinstance(found, dict):
            raise self._unreachable(f"HTTP {answer.status}, no JSON object")
        return found

    def _public(self, told: Mapping[str, Any]) -> Iterator[Key]:
        """Yield the keys for signatures.

        A shared secret is none. Keys of kinds that are not known are left out, and so are RSA keys that are shorter
        than RFC 7518, 3.3, demands.
        """
        keys = told.get("keys")
        for each in keys if isinstance(keys, list) else []:
            if isinstance(each, dict) and each.get("kty") in ("RSA", "EC", "OKP") and each.get("use", "sig") == "sig":
                try:
                    if each["kty"] != "RSA" or base64_to_int(each["n"]).bit_length() >= MIN_RSA_BITS:
                        yield JWKRegistry.import_key(each)
                except (JoseError, ValueError, TypeError, KeyError, AttributeError):
                    continue

    def _unreachable(self, detail: str) -> ProviderError:
        return ProviderError("openid.unreachable", where=self.registration.issuer, detail=detail)
