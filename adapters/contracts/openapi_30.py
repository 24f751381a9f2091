"""Schemas of OpenAPI 3.0, written as JSON Schema 2020-12, which OpenAPI 3.1 uses.

OpenAPI 3.0.3, Schema Object: ``nullable`` is a keyword, ``exclusiveMinimum`` and ``exclusiveMaximum`` are true or
false, and nothing beside a ``$ref`` counts.
"""

from __future__ import annotations

from typing import Any, Final

_BOUNDS: Final = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))


def as_json_schema(document: Any) -> Any:
    """Return a document of OpenAPI 3.0, or a part of it, with its schemas as JSON Schema 2020-12."""
    if isinstance(document, list):
        return [as_json_schema(each) for each in document]
    if not isinstance(document, dict):
        return document
    if isinstance(reference := document.get("$ref"), str):
        return {"$ref": reference}
    made = {name: as_json_schema(value) for name, value in document.items()}
    if made.get("nullable") is True and isinstance(type_ := made.get("type"), str):
        made["type"] = [type_, "null"]
        if isinstance(listed := made.get("enum"), list) and None not in listed:
            made["enum"] = [*listed, None]
    for bound, exclusive in _BOUNDS:
        if isinstance(made.get(exclusive), bool):
            excludes = made.pop(exclusive)
            if excludes and bound in made:
                made[exclusive] = made.pop(bound)
    return made
