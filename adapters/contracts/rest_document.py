"""An OpenAPI document, 3.0 or 3.1, of a service with plain JSON: its operations as HTTP calls.

Served are JSON bodies, and parameters of path, query and header in the default styles of OpenAPI (``simple``,
``form``). Every other mandatory part of an operation is an error, so that nothing of a contract is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from adapters.contracts.json_folder import JsonFolder, Place
from adapters.contracts.openapi_30 import as_json_schema
from gateway.runtime.errors import GatewayError

_METHODS: Final = ("get", "put", "post", "delete", "patch")
_VERSION: Final = re.compile(r"3\.[01]\.[0-9]+(-.*)?")
_IN_PATH: Final = re.compile(r"\{([^{}]*)\}")
_STATUS: Final = re.compile("[1-5]([0-9]{2}|XX|xx)|default")
_NOT_OURS: Final = frozenset({"accept", "authorization", "content-type"})
"""Parameters of the header that OpenAPI describes elsewhere: "shall be ignored" (3.0.3, Parameter Object)."""
_RANGES: Final = frozenset({"*/*", "application/*"})
_OF_RANGE: Final = ("application/json", "application/problem+json")
"""JSON media types that are meant by a range of media types: those that a request accepts."""
_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
"""Media types of pages, as any proxy writes them."""


class In(StrEnum):
    """Place of a parameter."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestParameter:
    """Parameter of an operation, with the place of its schema."""

    name: str
    place: In
    required: bool
    schema: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class RestAnswer:
    """Described answer: places of schemas by JSON media type (None: any value), and names of its headers.

    ``unread`` are the media types of an answer without JSON, except pages.
    """

    bodies: Mapping[str, Place | None]
    unread: frozenset[str]
    headers: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestCall:
    """Operation. ``path`` has names in braces. ``media_type`` and ``body`` are those of a request with a body.

    ``answers`` are by status as the document writes it: ``202``, ``4XX``, ``default``.
    """

    name: str
    method: str
    path: str
    parameters: Sequence[RestParameter]
    media_type: str | None
    body: Place | None
    body_required: bool
    answers: Mapping[str, RestAnswer]


class RestDocument:
    """One document with the JSON files beside it.

    Errors are `GatewayError` ``courier.contract`` with file and place.
    """

    def __init__(self, file: Path) -> None:
        version = JsonFolder(file.parent).open(file).value.get("openapi")
        if not (isinstance(version, str) and _VERSION.fullmatch(version)):
            raise GatewayError("courier.contract", where=file.name, detail="OpenAPI 3.0 or 3.1 is wanted")
        self.folder = JsonFolder(file.parent, as_json_schema if version.startswith("3.0.") else None)
        self._document = self.folder.open(file)

    @property
    def root(self) -> Place:
        """The whole document."""
        return self._document

    def operation(self, name: str) -> RestCall:
        """Return an operation by its operationId."""
        found = [
            (path, method, place) for path, method, place in self._operations() if place.value["operationId"] == name
        ]
        if len(found) != 1:
            known = ", ".join(sorted(place.value["operationId"] for _, _, place in self._operations())[:30])
            detail = f"{len(found)} operations {name}; there are {known}"
            raise GatewayError("courier.contract", where=self._document.shown, detail=detail)
        [(path, method, place)] = found
        parameters = self._parameters(path, place)
        named = {each.name for each in parameters if each.place is In.PATH}
        if not path.startswith("/") or set(path) & set("?# ") or set(_IN_PATH.findall(path)) != named:
            raise self._wrong(place, f"the path of {name} and its parameters differ")
        media_type, body, required = self._body(place)
        return RestCall(
            name=name,
            method=method.upper(),
            path=path,
            parameters=parameters,
            media_type=media_type,
            body=body,
            body_required=required,
            answers={status: self._answer(place, status) for status in self._statuses(place)},
        )

    def _operations(self) -> Iterator[tuple[str, str, Place]]:
        paths = self.folder.below(self._document, "paths")
        for path in paths.value if paths is not None and isinstance(paths.value, dict) else ():
            for method in _METHODS:
                assert paths is not None
                place = self.folder.below(paths, path, method)
                if (
                    place is not None
                    and isinstance(place.value, dict)
                    and isinstance(place.value.get("operationId"), str)
                ):
                    yield path, method, place

    def _parameters(self, path: str, operation: Place) -> list[RestParameter]:
        """Return the parameters of the path and of the operation, which overrides them."""
        found: dict[tuple[str, str], RestParameter] = {}
        shared = self.folder.below(self._document, "paths", path, "parameters")
        for listed in (shared, self.folder.below(operation, "parameters")):
            for number in range(len(listed.value) if listed is not None and isinstance(listed.value, list) else 0):
                assert listed is not None
                place = self.folder.below(listed, number)
                if place is not None and (made := self._parameter(place)) is not None:
                    found[made.place, made.name] = made
        return list(found.values())

    def _parameter(self, place: Place) -> RestParameter | None:
        told: Any = place.value
        name, where = (told.get(key) if isinstance(told, dict) else None for key in ("name", "in"))
        if not isinstance(name, str) or not name or not isinstance(where, str):
            raise self._wrong(place, "a parameter without name or place")
        if where == In.HEADER and name.lower() in _NOT_OURS:
            return None
        required = told.get("required") is True
        usual = {In.PATH: ("simple", False), In.QUERY: ("form", True), In.HEADER: ("simple", False)}
        schema = self.folder.below(place, "schema")
        served = where in tuple(In) and schema is not None
        if served:
            style, explode = usual[In(where)]
            served = told.get("style", style) == style and told.get("explode", explode) is explode
        if not served or schema is None:
            if required:
                raise self._wrong(place, f"the parameter {name} in {where}: its style is not served")
            return None
        return RestParameter(name=name, place=In(where), required=required, schema=schema)

    def _body(self, operation: Place) -> tuple[str | None, Place | None, bool]:
        said = self.folder.below(operation, "requestBody")
        if said is None:
            return None, None, False
        required = isinstance(said.value, dict) and said.value.get("required") is True
        bodies = self._json(said)
        if not bodies:
            if required:
                raise self._wrong(said, "a body that is no JSON is not served")
            return None, None, False
        media_type, schema = next(iter(bodies.items()))
        return media_type, schema, required

    def _statuses(self, operation: Place) -> list[str]:
        responses = self.folder.below(operation, "responses")
        if responses is None or not isinstance(responses.value, dict) or not responses.value:
            raise self._wrong(operation, "no answer is described")
        statuses = [status for status in responses.value if _STATUS.fullmatch(status)]
        if not statuses:
            raise self._wrong(responses, "no answer is described by a status")
        return statuses

    def _answer(self, operation: Place, status: str) -> RestAnswer:
        place = self.folder.below(operation, "responses", status)
        assert place is not None
        headers = self.folder.below(place, "headers")
        names = headers.value if headers is not None and isinstance(headers.value, dict) else ()
        bodies = self._json(place)
        unread = frozenset() if bodies else frozenset(self._media(place)) - _PAGES
        return RestAnswer(bodies=bodies, unread=unread, headers=list(names))

    def _json(self, place: Place) -> dict[str, Place | None]:
        """Return the schemas of a content by those of its media types that are JSON."""
        media = self._media(place)
        if named := {kind: schema for kind, schema in media.items() if is_json(kind)}:
            return named
        schemas = [schema for kind, schema in media.items() if kind in _RANGES]
        return dict.fromkeys(_OF_RANGE, schemas[0]) if schemas else {}

    def _media(self, place: Place) -> dict[str, Place | None]:
        """Return the schemas of a content by its media types, in lower case."""
        content = self.folder.below(place, "content")
        if content is None or not isinstance(content.value, dict):
            return {}
        return {
            name.partition(";")[0].strip().lower(): self.folder.below(content, name, "schema") for name in content.value
        }

    def _wrong(self, place: Place, detail: str) -> GatewayError:
        return GatewayError("courier.contract", where=place.shown, detail=detail)


def is_json(media_type: str) -> bool:
    """Return True for a media type of JSON (RFC 6839, 3.1)."""
    return media_type == "application/json" or media_type.endswith("+json")
