"""Plain words for the mistakes in a configuration file: pydantic's own words are for programmers."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

from adapters.settings.values import Unfit
from gateway.runtime.bilingual import Words

_WORDS = {
    "missing": Words("this key is wanted and missing", "این کلید لازم است و نیامده است"),
    "string_type": Words("a text in quotes is wanted", "متنی در گیومه لازم است"),
    "string_too_short": Words(
        "a text of at least {min_length} signs is wanted", "متنی با دست‌کم {min_length} نویسه لازم است"
    ),
    "string_too_long": Words(
        "a text of at most {max_length} signs is wanted", "متنی با حداکثر {max_length} نویسه لازم است"
    ),
    "string_pattern_mismatch": Words(
        "a text of another form is wanted: {pattern}", "متنی با قالبی دیگر لازم است: \u2066{pattern}\u2069"
    ),
    "int_type": Words("a whole number is wanted", "عددی صحیح لازم است"),
    "int_parsing": Words("a whole number is wanted", "عددی صحیح لازم است"),
    "int_from_float": Words("a whole number is wanted", "عددی صحیح لازم است"),
    "float_type": Words("a number is wanted", "عدد لازم است"),
    "float_parsing": Words("a number is wanted", "عدد لازم است"),
    "finite_number": Words("a finite number is wanted", "عددی متناهی لازم است"),
    "bool_type": Words("true or false is wanted", "true یا false لازم است"),
    "bool_parsing": Words("true or false is wanted", "true یا false لازم است"),
    "greater_than": Words("a number above {gt} is wanted", "عددی بزرگ‌تر از {gt} لازم است"),
    "greater_than_equal": Words("a number from {ge} on is wanted", "عددی از {ge} به بالا لازم است"),
    "less_than": Words("a number below {lt} is wanted", "عددی کوچک‌تر از {lt} لازم است"),
    "less_than_equal": Words("a number of at most {le} is wanted", "عددی حداکثر {le} لازم است"),
    "list_type": Words("a list in brackets is wanted", "فهرستی در کروشه لازم است"),
    "tuple_type": Words("a list in brackets is wanted", "فهرستی در کروشه لازم است"),
    "set_type": Words("a list in brackets is wanted", "فهرستی در کروشه لازم است"),
    "frozen_set_type": Words("a list in brackets is wanted", "فهرستی در کروشه لازم است"),
    "dict_type": Words("a table is wanted", "جدول لازم است"),
    "model_type": Words("a table is wanted", "جدول لازم است"),
    "model_attributes_type": Words("a table is wanted", "جدول لازم است"),
    "too_short": Words("at least {min_length} of them are wanted", "دست‌کم {min_length} مورد لازم است"),
    "too_long": Words("at most {max_length} of them are wanted", "حداکثر {max_length} مورد مجاز است"),
    "literal_error": Words("one of these is wanted: {expected}", "یکی از این‌ها لازم است: \u2066{expected}\u2069"),
    "enum": Words("one of these is wanted: {expected}", "یکی از این‌ها لازم است: \u2066{expected}\u2069"),
    "union_tag_invalid": Words(
        "one of these is wanted: {expected_tags}", "یکی از این‌ها لازم است: \u2066{expected_tags}\u2069"
    ),
    "union_tag_not_found": Words("the key {discriminator} is wanted", "کلید {discriminator} لازم است"),
    "extra_forbidden": Words("there is no such key", "چنین کلیدی نیست"),
    "time_type": Words("a time such as 02:00 is wanted", "ساعتی مانند 02:00 لازم است"),
    "time_parsing": Words("a time such as 02:00 is wanted", "ساعتی مانند 02:00 لازم است"),
    "date_type": Words("a day such as 2026-02-03 is wanted", "روزی مانند \u20662026-02-03\u2069 لازم است"),
    "date_from_datetime_parsing": Words(
        "a day such as 2026-02-03 is wanted", "روزی مانند \u20662026-02-03\u2069 لازم است"
    ),
    "datetime_type": Words(
        "a time such as 2026-02-03T08:30:00Z is wanted", "زمانی مانند \u20662026-02-03T08:30:00Z\u2069 لازم است"
    ),
    "datetime_parsing": Words(
        "a time such as 2026-02-03T08:30:00Z is wanted", "زمانی مانند \u20662026-02-03T08:30:00Z\u2069 لازم است"
    ),
    "datetime_from_date_parsing": Words(
        "a time such as 2026-02-03T08:30:00Z is wanted", "زمانی مانند \u20662026-02-03T08:30:00Z\u2069 لازم است"
    ),
    "timezone_aware": Words(
        "a time with its offset is wanted, such as 2026-02-03T08:30:00Z",
        "زمانی با اختلاف آن از UTC لازم است، مانند \u20662026-02-03T08:30:00Z\u2069",
    ),
}


_MEANT: Final = Words("there is no such key; did you mean {meant}?", "چنین کلیدی نیست؛ آیا منظورتان {meant} است؟")
_REFUSED: Final = Words("{text}", "این مقدار پذیرفته نیست؛ توضیح برنامه: \u2066{text}\u2069")
_KEY_ITSELF: Final = "[key]"


def first_mistake(error: ValidationError, model: type[BaseModel]) -> tuple[ErrorDetails, Words]:
    """Return the mistake to report, and its text.

    A mistyped key goes before a missing one: the typing error is the reason that the other is missing.
    """
    found = error.errors(include_url=False, include_input=False)
    for each in found:
        if each["type"] == "extra_forbidden" and (meant := _meant(each["loc"], model)):
            return each, _MEANT.filled(meant=meant)
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


def _told(mistake: ErrorDetails) -> Words:
    context = _Context(mistake.get("ctx", {}))
    if (words := _WORDS.get(mistake["type"])) is not None:
        return Words(en=words.en.format_map(context), fa=words.fa.format_map(context))
    if isinstance(cause := context.get("error"), Unfit):
        return cause.words
    return _REFUSED.filled(text=mistake["msg"].removeprefix("Value error, "))


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
