"""An OpenAPI 3.1 document: the paths of its operations, and the contents of their JWS.

A content of ``application/jose`` is a text; a document may describe its contents in three ways, sought in this order:

1.  ``x-payload`` beside ``schema``: a schema of the JWS's payload.
2.  ``contentSchema`` in the schema of the text: the same (JSON Schema 2020-12, Validation, 8.5), or an array of header
    and payload, as that standard writes it for a JWT (8.6).
3.  a schema of an object in place of that of a text: the message, without the claims around it.

In a payload, the message is the member with the name of the claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from adapters.contracts.json_folder import JsonFolder, Place
from adapters.contracts.json_schema import named_schema
from gateway.runtime.errors import GatewayError

JOSE: Final = "application/jose"

_GOOD: Final = ("200", "2XX", "default")
_OF_OBJECTS: Final = frozenset({"properties", "allOf", "anyOf", "oneOf"})
_FAULTS: Final = ("400", "500", "4XX", "5XX", "default")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApiOperation:
    """Operation with places of its schemas.

    A request or an answer fits all of its schemas; a fault fits any. A document without faults leaves them empty.
    """

    name: str
    path: str
    request: tuple[Place, ...]
    answer: tuple[Place, ...]
    faults: tuple[tuple[Place, ...], ...]


class OpenApi:
    """One document with the JSON files beside it. ``named`` is the file of named schemas.

    Errors are `GatewayError` ``courier.contract``.
    """

    def __init__(self, file: Path, named: Path, claim: str) -> None:
        """Open the document. ``claim`` is the name of the claim that holds the message."""
        self.folder, self._claim = JsonFolder(file.parent), claim
        self._document, self._named = self.folder.open(file), self.folder.open(named)
        version = self._document.value.get("openapi")
        if not (isinstance(version, str) and version.startswith("3.1.")):
            # Before 3.1 its schemas were not those of JSON Schema: nullable values, say, are written otherwise.
            raise self._wrong(self._document, "OpenAPI 3.1 is wanted")

    def operation(self, name: str, request: str | None, answer: str | None) -> OpenApiOperation:
        """Return an operation by its operationId.

        ``request`` and ``answer`` are schemas by name, if the document itself does not describe the messages.
        """
        path, post = self._posted(name)
        asked, told = self._media(post, "requestBody"), self._answers(post, _GOOD)
        if asked is None:
            raise self._wrong(post, f"{name} takes no {JOSE}")
        return OpenApiOperation(
            name=name,
            path=path,
            request=self._said(asked, request, f"{name}: its request"),
            answer=self._said(told[0] if told else post, answer, f"{name}: its answer"),
            faults=tuple(said for media in self._answers(post, _FAULTS) if (said := self._described(media))),
        )

    def _posted(self, name: str) -> tuple[str, Place]:
        paths = self.folder.below(self._document, "paths")
        found = []
        for path in _members(paths):
            assert paths is not None
            post = self.folder.below(paths, path, "post")
            if post is not None and isinstance(post.value, dict) and post.value.get("operationId") == name:
                found.append((path, post))
        if len(found) != 1:
            raise self._wrong(self._document, f"{len(found)} operations {name} that are posted")
        [(path, post)] = found
        if not path.startswith("/") or set(path) & set("{}?# "):
            raise self._wrong(post, f"the path of {name} is no plain one")
        return path, post

    def _answers(self, post: Place, statuses: tuple[str, ...]) -> list[Place]:
        found = (self._media(post, "responses", status) for status in statuses)
        return [media for media in found if media is not None]

    def _media(self, post: Place, *names: str) -> Place | None:
        return self.folder.below(post, *names, "content", JOSE)

    def _said(self, media: Place, name: str | None, what: str) -> tuple[Place, ...]:
        said = (named_schema(self.folder, self._named, name),) if name is not None else self._described(media)
        if not said:
            raise self._wrong(media, f"{what} is not described: name its schema in profile.toml")
        return said

    def _described(self, media: Place) -> tuple[Place, ...]:
        below = self.folder.below
        schema = below(media, "schema")
        inner = below(schema, "contentSchema") if schema is not None else None
        listed = below(inner, "prefixItems", 1) if inner is not None else None
        payload = below(media, "x-payload") or listed or inner
        if payload is not None:
            said = tuple(self._properties(payload, set()))
            if not said:
                raise self._wrong(payload, f"there is no {self._claim} in it")
            return said
        if schema is None or not isinstance(schema.value, dict):
            return ()
        is_object = schema.value.get("type") == "object" or not _OF_OBJECTS.isdisjoint(schema.value)
        return (schema,) if is_object else ()

    def _properties(self, payload: Place, seen: set[str]) -> Iterator[Place]:
        """Yield every schema of the claim that a payload's schema has, in all of its parts."""
        place = self.folder.followed(payload)
        if place.uri in seen or not isinstance(place.value, dict):
            return
        seen.add(place.uri)
        if (found := self.folder.below(place, "properties")) and (said := found.below(self._claim)):
            yield said
        parts = place.value.get("allOf")
        for number in range(len(parts) if isinstance(parts, list) else 0):
            if (part := self.folder.below(place, "allOf", number)) is not None:
                yield from self._properties(part, seen)

    def _wrong(self, place: Place, detail: str) -> GatewayError:
        return GatewayError("courier.contract", where=place.shown, detail=detail)


def _members(place: Place | None) -> list[Any]:
    return list(place.value) if place is not None and isinstance(place.value, dict) else []
