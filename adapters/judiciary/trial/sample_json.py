"""Sample of a JSON value that a schema allows, with every member that it may have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from adapters.contracts.json_folder import JsonFolder, Place
from adapters.crypto.schema.json_patterns import pattern
from adapters.judiciary.trial.sample_text import USUAL, of_length, of_pattern

MAX_DEPTH: Final = 8

_TEXT: Final = "sample00"
"""Text where nothing is known; as base64 it can be read, too."""

_FORMATS: Final = {
    "date-time": "2026-02-03T07:00:00Z",
    "date": "2026-02-03",
    "time": "10:30:00Z",
    "uuid": "5f0c8a52-3f0e-4c5e-9a53-2f1d6a7c9b10",
    "uri": "https://example.invalid/",
    "email": "a@example.invalid",
}


class JsonSample:
    """Maker of sample values; ``given`` are texts by a member's name."""

    def __init__(self, folder: JsonFolder, given: Mapping[str, str]) -> None:
        self._folder, self._given = folder, given

    def of(self, place: Place | None, name: str = "", depth: int = 0) -> Any:
        """Return a value of a schema."""
        if place is None or depth > MAX_DEPTH:
            return {}
        here = self._folder.followed(place)
        schema = here.value if isinstance(here.value, dict) else {}
        for key in ("const", "example", "default"):
            if key in schema:
                return schema[key]
        if isinstance(listed := schema.get("enum"), list) and listed:
            return next((each for each in listed if each is not None), None)
        if isinstance(examples := schema.get("examples"), list) and examples:
            return examples[0]
        for key in ("allOf", "oneOf", "anyOf"):
            if isinstance(schema.get(key), list):
                return self._joined(here, key, name, depth)
        kind = schema.get("type")
        kind = next((each for each in kind if each != "null"), None) if isinstance(kind, list) else kind
        if kind == "object" or "properties" in schema:
            return self._object(here, depth)
        if kind == "array":
            return [self.of(here.below("items"), name, depth + 1)] * max(1, int(schema.get("minItems", 1)))
        return self._single(schema, str(kind), name)

    def _object(self, here: Place, depth: int) -> dict[str, Any]:
        members = here.below("properties")
        if members is None or not isinstance(members.value, dict):
            return {}
        needed = here.value.get("required", ())
        names = [name for name in members.value if depth < MAX_DEPTH - 2 or name in needed]
        return {name: self.of(members.below(name), name, depth + 1) for name in names}

    def _joined(self, here: Place, key: str, name: str, depth: int) -> Any:
        parts = here.below(key)
        count = len(here.value[key]) if key == "allOf" else 1
        made = [self.of(parts.below(n) if parts is not None else None, name, depth + 1) for n in range(count)]
        own = self._object(here, depth)
        if all(isinstance(each, dict) for each in made):
            return {member: value for each in [*made, own] for member, value in each.items()}
        return made[0]

    def _single(self, schema: Mapping[str, Any], kind: str, name: str) -> Any:
        if kind == "integer":
            return int(schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1))
        if kind == "number":
            return schema.get("minimum", 1)
        if kind == "boolean":
            return True
        if name in self._given:
            return self._given[name]
        usual = [_FORMATS[schema["format"]]] if schema.get("format") in _FORMATS else []
        if isinstance(form := schema.get("pattern"), str):
            return next((text for text in (*usual, *USUAL[2:]) if _matches(form, text)), of_pattern(form) or "1")
        if usual:
            return usual[0]
        least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
        if least > len(_TEXT) or (isinstance(most, int) and most < len(_TEXT)):
            return next(of_length(least or int(most or 1), None), "1")
        return _TEXT


def _matches(expression: str, text: str) -> bool:
    try:
        return pattern(expression).found_in(text)
    except (re.error, OverflowError, RecursionError):
        return False
