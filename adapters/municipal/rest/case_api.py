"""Client of a case system's own REST interface: docs/connect/pull.md has its calls.

GET  {url}/cases?from_version=17&from_case=C-4&limit=100     marks of cases, by version and case
GET  {url}/cases/{case}                                      one case, with its parties and documents
POST {url}/rows        {"rows": [...]}                       the results that it shows
POST {url}/results     {"results": [...]}                    results: all of them or none
POST {url}/refusals    {"refusals": [...]}                   refusals of rows: all of them or none
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import NoneType
from typing import Any
from urllib.parse import quote, urlencode

from adapters.crypto.schema.strict_json import JsonLimits, parse
from adapters.http.client import HttpAnswer, HttpClient, NoAnswer
from adapters.http.loopback import assert_private
from adapters.http.tls import Tls
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

MAX_ANSWER = 32 * 1024 * 1024
_LIMITS = JsonLimits(max_bytes=MAX_ANSWER, max_depth=8, max_tokens=1_000_000)

_DONE, _ABSENT, _REFUSED, _BUSY = 200, 404, 422, 429
_FAILED = range(500, 600)

TRIES = 3
"""Most tries of a call that only reads. A page of cases is many calls: one that fails now and then would end each."""

_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
"""Seconds before another try, unless Retry-After says more; and at most."""

_SHOWN: Mapping[str, type] = {"reference": str, "state": str, "seq": int, "code": str}
"""Members of a shown row by which the gateway finds its notice and step, with their types; each may be null."""

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseApiSettings:
    """Settings of the interface. ``url`` is https, or on this machine; with ``loopback_only``, on this machine only.

    ``token`` reads the bearer token at each use. ``name`` is the source's.
    """

    name: str
    url: str
    token: Callable[[], str]
    anchors: Path | None = None
    timeout: timedelta = timedelta(seconds=60)
    loopback_only: bool = False
    pause: Callable[[float], None] = time.sleep


class _Away(GatewayError):
    """The case system does not answer; ``pause`` are the seconds before another try."""

    literal_name = "_Away"

    def __init__(self, name: str, detail: str, retry_after: str | None = None) -> None:
        super().__init__("source.unavailable", where=name, detail=detail)
        asked = int(retry_after) if retry_after and re.fullmatch("[0-9]{1,6}", retry_after) else 0
        self.pause = min(max(asked, _PAUSE), _LONGEST_PAUSE)


class CaseApi:
    """Interface of a case system. Every method raises `GatewayError`.

    ``source.unavailable``: it does not answer, or has a fault of its own. ``source.schema``: it does not let us in, or
    its answer has another form.
    """

    def __init__(self, settings: CaseApiSettings) -> None:
        self._settings = settings
        self._client = HttpClient(settings.timeout, Tls(anchors=settings.anchors))

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def marks(self, version: int, case: str | None, limit: int) -> list[Object]:
        """Return up to ``limit`` marks of cases, from ``version`` and in it from ``case`` on."""
        query = {"from_version": version, "limit": limit} | ({} if case is None else {"from_case": case})
        found = self._object(self._read("GET", f"cases?{urlencode(query)}"))
        return self._objects(found, "cases")

    def case(self, case: str) -> Object | None:
        """Return a case; None if it is not there."""
        answer = self._read("GET", f"cases/{quote(case, safe='')}", also=_ABSENT)
        return None if answer.status == _ABSENT else self._object(answer)

    def shown(self, rows: Sequence[Object]) -> list[Object | None]:
        """Return what each row shows of its notice, in their order; None for a row that is not there."""
        found = self._object(self._read("POST", "rows", {"rows": list(rows)})).get("rows")
        right = isinstance(found, list) and len(found) == len(rows)
        if not right or any(each is not None and not isinstance(each, dict) for each in found or ()):
            raise self._malformed("rows")
        told = list(found or ())
        for name, kind in _SHOWN.items():
            if any(each is not None and type(each.get(name)) not in (kind, NoneType) for each in told):
                raise self._malformed(f"rows: {name}")
        return told

    def results(self, results: Sequence[Object]) -> list[int]:
        """Write results; return the places of those whose row is not there.

        Raises ``source.row-refused`` if one of them was refused; then none was kept.
        """
        answer = self._asked("POST", "results", {"results": list(results)}, also=_REFUSED)
        if answer.status == _REFUSED:
            raise GatewayError("source.row-refused", where=self._settings.name, detail=f"HTTP {_REFUSED}")
        absent = self._object(answer).get("absent")
        if not isinstance(absent, list) or not all(type(each) is int and 0 <= each < len(results) for each in absent):
            raise self._malformed("absent")
        return absent

    def refusals(self, refusals: Sequence[Object]) -> None:
        """Write refusals of rows. Raises as `results`."""
        answer = self._asked("POST", "refusals", {"refusals": list(refusals)}, also=_REFUSED)
        if answer.status == _REFUSED:
            raise GatewayError("source.row-refused", where=self._settings.name, detail=f"HTTP {_REFUSED}")

    def _read(self, method: str, path: str, body: Object | None = None, also: int = _DONE) -> HttpAnswer:
        for left in reversed(range(TRIES)):
            try:
                return self._asked(method, path, body, also)
            except _Away as away:
                if not left:
                    raise
                self._settings.pause(away.pause)
        raise AssertionError("the last try returns or raises")

    def _asked(self, method: str, path: str, body: Object | None = None, also: int = _DONE) -> HttpAnswer:
        settings = self._settings
        url = f"{settings.url.rstrip('/')}/{path}"
        assert_private(url, settings.name, loopback_only=settings.loopback_only)
        headers = {"Authorization": f"Bearer {settings.token()}", "Accept": "application/json"}
        octets = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        if octets is not None:
            headers["Content-Type"] = "application/json"
        try:
            answer = self._client.ask(method, url, octets, headers, MAX_ANSWER)
        except NoAnswer as error:
            raise _Away(settings.name, error.reason) from error
        if answer.status in (_DONE, also):
            return answer
        detail = f"HTTP {answer.status}"
        if answer.status in _FAILED or answer.status == _BUSY:
            raise _Away(settings.name, detail, answer.retry_after)
        raise GatewayError("source.schema", where=settings.name, detail=detail)

    def _object(self, answer: HttpAnswer) -> dict[str, Any]:
        try:
            found = parse(answer.body, _LIMITS)
        except Rejection as rejection:
            raise self._malformed(rejection.entry.en) from None
        if not isinstance(found, dict):
            raise self._malformed("no object")
        return found

    def _objects(self, found: Mapping[str, Any], name: str) -> list[Object]:
        listed = found.get(name)
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            raise self._malformed(name)
        return listed

    def _malformed(self, detail: str) -> GatewayError:
        return GatewayError("source.schema", where=self._settings.name, detail=detail)
