"""JSON documents of one folder, and the targets of references between them. Nothing outside the folder is ever read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit

from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource
from referencing.jsonschema import DRAFT202012

from adapters.crypto.schema.strict_json import parse_file
from gateway.notice.profile_version import is_left_out
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

_PLACE: Final = re.compile(r"[0-9]{1,9}")
MAX_STEPS: Final = 32
"""Longest chain of references before a value."""

_NOT_SCHEMAS: Final = frozenset({"const", "enum", "default", "example", "examples", "description"})
_OF_NAMES: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "schemas"})
"""Keywords whose members have names of the contract's own."""


@dataclass(frozen=True, slots=True)
class Place:
    """Value of a document. ``uri`` is its place: the file, and in it a JSON pointer (RFC 6901)."""

    uri: str
    value: Any

    @property
    def shown(self) -> str:
        """Place for a reader: file and pointer, without the folder."""
        file, pointer = urldefrag(self.uri)
        return unquote(file.rpartition("/")[2] + ("#" + pointer if pointer else ""))

    def below(self, name: str | int) -> Place | None:
        """Return the place of a member or an element, or None if there is none."""
        held = self.value
        if isinstance(held, dict):
            there = name in held
        else:
            there = isinstance(held, list) and isinstance(name, int) and name < len(held)
        escaped = quote(str(name).replace("~", "~0").replace("/", "~1"), safe="~")
        return Place(f"{self.uri}/{escaped}", held[name]) if there else None


class JsonFolder:
    """Reader of the documents, each once. ``read_as`` changes a document when it is read.

    Errors are `GatewayError` ``courier.contract`` with file, pointer and reference.
    """

    def __init__(self, folder: Path, read_as: Callable[[Any], Any] | None = None) -> None:
        self._folder, self._read_as = folder.resolve(), read_as
        self._read: dict[str, Any] = {}

    def open(self, file: Path) -> Place:
        """Return a whole document."""
        return self._document(file.resolve().as_uri(), file.name)

    def below(self, place: Place, *names: str | int) -> Place | None:
        """Return the value at a path from ``place`` on, through any references on the way; None if there is none."""
        here: Place | None = self.followed(place)
        for name in names:
            here = here.below(name) if here is not None else None
            here = self.followed(here) if here is not None else None
        return here

    def followed(self, place: Place) -> Place:
        """Return the final target of a place's references; the place itself, if it is no reference."""
        for _ in range(MAX_STEPS):
            reference = place.value.get("$ref") if isinstance(place.value, dict) else None
            if not isinstance(reference, str):
                return place
            place = self._referred(place, reference)
        raise GatewayError("courier.contract", where=place.shown, detail="references that lead round")

    def reached(self, *places: Place) -> list[Place]:
        """Return schemas and all that they refer to, at any depth; each reference must have a target."""
        seen, roots = set[str](), list(places)
        waiting = list(places)
        while waiting:
            here = waiting.pop()
            if here.uri in seen:
                continue
            seen.add(here.uri)
            if isinstance(here.value, dict) and isinstance(reference := here.value.get("$ref"), str):
                self.followed(here)
                roots.append(self._referred(here, reference))
                waiting.append(roots[-1])
            waiting += _inside(here)
        return list({place.uri: place for place in roots}.values())

    @property
    def registry(self) -> Registry[Any]:
        """Registry of the same documents for a JSON Schema validator.

        It has those that were read before. A later one is read again for each message that a validator judges.
        """
        known = [(uri, DRAFT202012.create_resource(document)) for uri, document in self._read.items()]
        return Registry(retrieve=self._retrieve).with_resources(known).crawl()  # type: ignore[call-arg]

    def _referred(self, place: Place, reference: str) -> Place:
        try:
            uri, pointer = urldefrag(urljoin(place.uri, reference))
        except ValueError as error:  # no address
            raise GatewayError("courier.contract", where=place.shown, detail=f"nothing at {reference[:200]}") from error
        here: Place | None = self._document(uri, f"{place.shown} refers to {reference[:200]}")
        steps = unquote(pointer).split("/")
        if steps[0]:  # an anchor, which OpenAPI documents have no use for
            here = None
        for step in steps[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            listed = here is not None and isinstance(here.value, list) and _PLACE.fullmatch(name)
            here = here.below(int(name) if listed else name) if here is not None else None
        if here is None:
            raise GatewayError("courier.contract", where=place.shown, detail=f"nothing at {reference[:200]}")
        return here

    def _document(self, uri: str, where: str) -> Place:
        if uri not in self._read:
            self._read[uri] = self._load(uri, where)
        return Place(uri + "#", self._read[uri])

    def _load(self, uri: str, where: str) -> Any:
        parts = urlsplit(uri)
        try:
            path = Path(unquote(parts.path)).resolve()
            if parts.scheme != "file" or parts.netloc or not path.is_relative_to(self._folder):
                raise GatewayError("courier.contract", where=where, detail="outside the profile's folder")
            if is_left_out(path.relative_to(self._folder)):
                raise GatewayError(
                    "courier.contract", where=where, detail="a dot in front: the profile's digest leaves it out"
                )
            found = parse_file(path, where)
        except (OSError, ValueError) as error:
            raise GatewayError("courier.contract", where=where, detail=words_of(error)) from error
        if not isinstance(found, dict):
            raise GatewayError("courier.contract", where=where, detail="not a JSON object")
        return found if self._read_as is None else self._read_as(found)

    def _retrieve(self, uri: str) -> Resource[Any]:
        try:
            return DRAFT202012.create_resource(self._document(uri, uri).value)
        except GatewayError as error:
            raise NoSuchResource(uri) from error


def _inside(place: Place) -> Iterator[Place]:
    if isinstance(place.value, dict):
        left_out = frozenset[str]() if place.uri.rpartition("/")[2] in _OF_NAMES else _NOT_SCHEMAS
        names: list[str | int] = [name for name in place.value if name not in left_out]
    else:
        names = list(range(len(place.value))) if isinstance(place.value, list) else []
    for name in names:
        if (found := place.below(name)) is not None:
            yield found
