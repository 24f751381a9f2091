"""Transforms of numbers and booleans."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from gateway.mapping.model.values import Type
from gateway.mapping.transforms.text import text_of
from gateway.mapping.transforms.transform import Example, Family, Made, Parameter, Transform, takes
from gateway.notice import fields
from gateway.notice.fields import InvalidField
from gateway.notice.text import fold, plain
from gateway.runtime.bilingual import Words

_LARGEST = 10**18
_WHOLE = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_TWICE: Final = Words("{word} stands for yes and for no", "{word} هم برای بله آمده است و هم برای خیر")


def _integer(least: int, most: int) -> Made:
    def integer(value: Any) -> int:
        if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST:
            value = int(value)
        # ASCII only: `int()` would take digits of any script, underscores and white space.
        found = plain(text_of(value))
        if not _WHOLE.fullmatch(found) or not least <= int(found) <= most:
            raise InvalidField("")
        return int(found)

    return Made(apply=integer)


def _boolean(true: Sequence[str], false: Sequence[str]) -> Made:
    words = {fold(word): False for word in false} | {fold(word): True for word in true}

    def boolean(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        found = words.get(fold(text_of(value)))
        if found is None:
            raise InvalidField("")
        return found

    return Made(apply=boolean)


def _in_both(true: Sequence[str], false: Sequence[str]) -> Words | None:
    """Return the reason if a word, in any spelling, stands for yes and for no."""
    for_yes = {fold(word) for word in true}
    word = next((word for word in false if fold(word) in for_yes), None)
    return None if word is None else _TWICE.filled(word=word)


def _word(true: str, false: str) -> Made:
    def word(value: Any) -> str:
        if not isinstance(value, bool):
            raise InvalidField("")
        return true if value else false

    return Made(apply=word)


def _bound(name: str, says: str, default: int) -> Parameter:
    return Parameter(name=name, wanted=Type.INTEGER, says=says, default=default, least=-_LARGEST, most=_LARGEST)


_YES = ("true", "1", "yes", "بله", "دارد")
_NO = ("false", "0", "no", "خیر", "ندارد")

TRANSFORMS = (
    Transform(
        name="integer",
        family=Family.NUMBER,
        takes=takes(Type.TEXT, Type.INTEGER, Type.DECIMAL),
        gives=Type.INTEGER,
        says="A whole number from `least` to `most`, in digits of any script.",
        make=_integer,
        parameters=(_bound("least", "the smallest", -_LARGEST), _bound("most", "the largest", _LARGEST)),
        examples=(
            Example(given=" ۱۲ ", made=12),
            Example(given=3.0, made=3),
            Example(given="12_000", refused=""),
            Example(given="0", parameters={"least": 1}, refused=""),
        ),
    ),
    Transform(
        name="revision",
        family=Family.NUMBER,
        takes=takes(Type.TEXT, Type.INTEGER),
        gives=Type.INTEGER,
        says="A paper's revision: a whole number from 1 to 999.",
        make=lambda: Made(apply=fields.revision),
        examples=(Example(given="۲", made=2), Example(given="0", refused="notice.revision")),
    ),
    Transform(
        name="boolean",
        family=Family.NUMBER,
        takes=takes(Type.TEXT, Type.INTEGER, Type.BOOLEAN),
        gives=Type.BOOLEAN,
        says="Yes or no by words, whatever their spelling; another word is refused.",
        make=_boolean,
        judge=_in_both,
        parameters=(
            Parameter(name="true", wanted=Type.LIST, says="words for yes", default=_YES),
            Parameter(name="false", wanted=Type.LIST, says="words for no", default=_NO),
        ),
        examples=(
            Example(given="بله", made=True),
            Example(given=0, made=False),
            Example(given="شاید", refused=""),
        ),
    ),
    Transform(
        name="word",
        family=Family.NUMBER,
        takes=takes(Type.BOOLEAN),
        gives=Type.TEXT,
        says="Yes or no as one of two words.",
        make=_word,
        parameters=(
            Parameter(name="true", wanted=Type.TEXT, says="the word for yes", default="true", least=1),
            Parameter(name="false", wanted=Type.TEXT, says="the word for no", default="false", least=1),
        ),
        examples=(Example(given=True, made="Y", parameters={"true": "Y", "false": "N"}),),
    ),
    Transform(
        name="text",
        family=Family.NUMBER,
        takes=takes(Type.TEXT, Type.INTEGER),
        gives=Type.TEXT,
        says="A whole number as text.",
        make=lambda: Made(apply=text_of),
        examples=(Example(given=1404, made="1404"), Example(given=True, refused="")),
    ),
)
