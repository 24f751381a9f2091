"""Transforms of lists: splits, joins, and one element of many."""

from __future__ import annotations

from typing import Any

from gateway.mapping.model.values import Type
from gateway.mapping.transforms.text import text_of
from gateway.mapping.transforms.transform import Example, Family, Made, Parameter, Transform, takes
from gateway.notice.fields import InvalidField

MAX_PARTS = 10_000


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidField("")
    return value


def _join(between: str) -> Made:
    def size(value: Any) -> int:
        return sum(len(text_of(part)) + len(between) for part in _list(value))

    return Made(apply=lambda value: between.join(text_of(part) for part in _list(value)), size=size)


def _split(at: str) -> Made:
    def split(value: Any) -> list[str]:
        text = text_of(value)
        if text.count(at) >= MAX_PARTS:
            raise InvalidField("")
        return [part for part in (part.strip() for part in text.split(at)) if part]

    return Made(apply=split, size=lambda value: 64 * text_of(value).count(at))


def _at(place: int) -> Made:
    def element(value: Any) -> Any:
        found = _list(value)
        return found[place] if found else None

    return Made(apply=element)


def _only(value: Any) -> Any:
    found = _list(value)
    if len(found) != 1:
        raise InvalidField("")
    return found[0]


TRANSFORMS = (
    Transform(
        name="split",
        family=Family.LIST,
        takes=takes(Type.TEXT, Type.INTEGER),
        gives=Type.LIST,
        says="The parts of a text between `at`, without white space around them; empty ones are left out.",
        make=_split,
        parameters=(Parameter(name="at", wanted=Type.TEXT, says="what stands between", needed=True, least=1),),
        examples=(Example(given="رأی، اخطار،", made=["رأی", "اخطار"], parameters={"at": "،"}),),
    ),
    Transform(
        name="join",
        family=Family.LIST,
        takes=takes(Type.LIST),
        gives=Type.TEXT,
        says="The elements of a list as one text, `between` between them.",
        make=_join,
        parameters=(Parameter(name="between", wanted=Type.TEXT, says="what is put between", default=" "),),
        examples=(
            Example(given=["علی", "کریمی"], made="علی کریمی"),
            Example(given=[5, "12", "3"], made="5-12-3", parameters={"between": "-"}),
        ),
    ),
    Transform(
        name="first",
        family=Family.LIST,
        takes=takes(Type.LIST),
        gives=Type.ANY,
        says="The first element; nothing, where there is none.",
        make=lambda: _at(0),
        examples=(Example(given=[1, 2], made=1), Example(given=[], made=None)),
    ),
    Transform(
        name="last",
        family=Family.LIST,
        takes=takes(Type.LIST),
        gives=Type.ANY,
        says="The last element; nothing, where there is none.",
        make=lambda: _at(-1),
        examples=(Example(given=[1, 2], made=2),),
    ),
    Transform(
        name="only",
        family=Family.LIST,
        takes=takes(Type.LIST),
        gives=Type.ANY,
        says="The one element of a list; a list of several is refused.",
        make=lambda: Made(apply=_only),
        examples=(Example(given=[1], made=1), Example(given=[1, 2], refused="")),
    ),
    Transform(
        name="count",
        family=Family.LIST,
        takes=takes(Type.LIST),
        gives=Type.INTEGER,
        says="How many elements there are.",
        make=lambda: Made(apply=lambda value: len(_list(value))),
        examples=(Example(given=["a", "b"], made=2),),
    ),
)
