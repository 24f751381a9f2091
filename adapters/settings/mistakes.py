"""Plain words for the mistakes in a configuration file: pydantic's own words are for programmers."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

_WORDS = {
    "missing": "this key is wanted and missing",
    "string_type": "a text in quotes is wanted",
    "string_too_short": "a text of at least {min_length} signs is wanted",
    "string_too_long": "a text of at most {max_length} signs is wanted",
    "string_pattern_mismatch": "a text of another form is wanted: {pattern}",
    "int_type": "a whole number is wanted",
    "int_parsing": "a whole number is wanted",
    "int_from_float": "a whole number is wanted",
    "float_type": "a number is wanted",
    "float_parsing": "a number is wanted",
    "finite_number": "a finite number is wanted",
    "bool_type": "true or false is wanted",
    "bool_parsing": "true or false is wanted",
    "greater_than": "a number above {gt} is wanted",
    "greater_than_equal": "a number from {ge} on is wanted",
    "less_than": "a number below {lt} is wanted",
    "less_than_equal": "a number of at most {le} is wanted",
    "list_type": "a list in brackets is wanted",
    "tuple_type": "a list in brackets is wanted",
    "set_type": "a list in brackets is wanted",
    "frozen_set_type": "a list in brackets is wanted",
    "dict_type": "a table is wanted",
    "model_type": "a table is wanted",
    "model_attributes_type": "a table is wanted",
    "too_short": "at least {min_length} of them are wanted",
    "too_long": "at most {max_length} of them are wanted",
    "literal_error": "one of these is wanted: {expected}",
    "enum": "one of these is wanted: {expected}",
    "union_tag_invalid": "one of these is wanted: {expected_tags}",
    "union_tag_not_found": "the key {discriminator} is wanted",
    "extra_forbidden": "there is no such key",
    "time_type": "a time such as 02:00 is wanted",
    "time_parsing": "a time such as 02:00 is wanted",
    "date_type": "a day such as 2026-02-03 is wanted",
    "date_from_datetime_parsing": "a day such as 2026-02-03 is wanted",
    "datetime_type": "a time such as 2026-02-03T08:30:00Z is wanted",
    "datetime_parsing": "a time such as 2026-02-03T08:30:00Z is wanted",
    "datetime_from_date_parsing": "a time such as 2026-02-03T08:30:00Z is wanted",
    "timezone_aware": "a time with its offset is wanted, such as 2026-02-03T08:30:00Z",
}


_KEY_ITSELF: Final = "[key]"


def first_mistake(error: ValidationError, model: type[BaseModel]) -> tuple[ErrorDetails, str]:
    """Return the mistake to report, and its text.

    A mistyped key goes before a missing one: the typing error is the reason that the other is missing.
    """
    found = error.errors(include_url=False, include_input=False)
    for each in found:
        if each["type"] == "extra_forbidden" and (meant := _meant(each["loc"], model)):
            return each, f"there is no such key; did you mean {meant}?"
    return found[0], _told(found[0])


def keys_of(location: Sequence[int | str], model: Any) -> tuple[int | str, ...]:
    """Return the keys of a file that lead to a place.

    pydantic puts the tag by which a union chose a section behind the section's own key, and a mark behind a key that is
    itself wrong; a file has no such keys.
    """
    if location[-1:] == (_KEY_ITSELF,):
        location = location[:-1]
    return next(_keys(model, tuple(location)), tuple(location))


def _keys(kind: Any, path: tuple[int | str, ...]) -> Iterator[tuple[int | str, ...]]:
    """Yield the keys of a path below a type, once for each section of a union that has such a path."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        tags = [str(each.tag) for each in inner[1:] if isinstance(each, Tag)]
        yield from _keys(inner[0], path[1:] if path[:1] == tuple(tags) else path)
    elif origin in (Union, types.UnionType):
        # The section that the tag chose takes it away, and the others do not.
        yield from sorted((found for each in inner for found in _keys(each, path)), key=len)
    elif not path:
        yield ()
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from _keys_of_section(kind, path)
    elif origin in (list, tuple, Sequence, dict, Mapping):
        for rest in _keys(inner[-1] if origin in (dict, Mapping) else inner[0], path[1:]):
            yield path[0], *rest
    else:
        yield path


def _keys_of_section(section: type[BaseModel], path: tuple[int | str, ...]) -> Iterator[tuple[int | str, ...]]:
    fields = {each.alias or name: each for name, each in section.model_fields.items()}
    kind = fields.get("kind")
    if kind is not None and path[0] in get_args(kind.annotation):
        path = path[1:]
    if not path:
        yield ()
    elif (field := fields.get(str(path[0]))) is None:
        yield path
    else:
        annotated = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        for rest in _keys(annotated, path[1:]):
            yield path[0], *rest


def _told(mistake: ErrorDetails) -> str:
    words = _WORDS.get(mistake["type"])
    if words is not None:
        return words.format_map(_Context(mistake.get("ctx", {})))
    return mistake["msg"].removeprefix("Value error, ")


class _Context(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return key


def _meant(location: Sequence[int | str], model: type[BaseModel]) -> str | None:
    """Return the key most similar to the one at ``location``."""
    *path, wrong = location
    known = sorted({key for section in _sections(model, path) for key in section.model_fields})
    return next(iter(difflib.get_close_matches(str(wrong), known, 1)), None)


def _sections(kind: Any, path: Sequence[int | str]) -> Iterator[type[BaseModel]]:
    """Yield the sections that may stand at the end of a path of keys, indexes and tags of a union."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if not path:
            yield kind
        elif "kind" in kind.model_fields and path[0] in get_args(kind.model_fields["kind"].annotation):
            yield from _sections(kind, path[1:])  # the tag by which a union chose this section; a key may have its name
        elif path[0] in kind.model_fields:
            yield from _sections(kind.model_fields[str(path[0])].annotation, path[1:])
        return
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        yield from _sections(inner[0], path)
    elif origin in (Union, types.UnionType):
        for each in inner:
            yield from _sections(each, path)
    elif origin in (list, tuple, Sequence) and path:
        yield from _sections(inner[0], path[1:])
    elif origin in (dict, Mapping) and path:
        yield from _sections(inner[1], path[1:])
