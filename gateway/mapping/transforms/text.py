"""Transforms of Persian and other text. A notice is served as it was issued: use none of these for names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.mapping.model.values import Type, is_missing
from gateway.mapping.transforms.transform import Apply, Example, Family, Made, Parameter, Transform, takes
from gateway.notice import fields
from gateway.notice.fields import InvalidField
from gateway.notice.text import ascii_digits, fold, plain
from gateway.runtime.bilingual import PERSIAN_DIGITS

MAX_TEXT = 100_000
"""Maximum length in characters that a transform of text reads or writes; a document is no text."""

_PERSIAN_LETTERS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک"})


def text_of(value: Any) -> str:
    """Return a text, or an integer as text, within the limit."""
    if isinstance(value, int) and not isinstance(value, bool):
        return fields.line(value)
    if not isinstance(value, str):
        raise InvalidField("")
    if len(value) > MAX_TEXT:
        raise InvalidField("notice.field-too-long")
    return value


def _on_text(apply: Apply) -> Made:
    return Made(apply=lambda value: apply(text_of(value)))


def _replace(old: str, new: str) -> Made:
    return Made(
        apply=lambda value: text_of(value).replace(old, new),
        size=lambda value: len(text_of(value)) + text_of(value).count(old) * len(new),
    )


def _on_present(apply: Callable[[str], str]) -> Made:
    """Return a transform that adds to a text. One that an earlier step emptied stays so: nothing becomes no number."""
    return _on_text(lambda text: text if is_missing(text) else apply(text))


def _pad(width: int, sign: str, side: str) -> Made:
    if side == "left":
        return _on_present(lambda text: text.rjust(width, sign))
    return _on_present(lambda text: text.ljust(width, sign))


def _cut(start: int, end: int) -> Made:
    return _on_text(lambda text: text[start:end])


def _substring(start: int, length: int) -> Made:
    def substring(text: str) -> str:
        begins = start if start >= 0 else max(len(text) + start, 0)
        return text[begins : begins + length]

    return _on_text(substring)


def _part(at: str, number: int) -> Made:
    def part(text: str) -> str | None:
        parts = text.split(at)
        return parts[number - 1].strip() if number <= len(parts) else None

    return _on_text(part)


def _kept(kept: str) -> Made:
    signs = frozenset(kept)
    return _on_text(lambda text: "".join(sign for sign in text if sign in signs))


_TEXTS = takes(Type.TEXT, Type.INTEGER)


def _text(
    name: str, says: str, made: Made, *examples: tuple[Any, Any], refused: tuple[tuple[Any, str], ...] = ()
) -> Transform:
    shown = [Example(given=given, made=result) for given, result in examples]
    shown += [Example(given=given, refused=code) for given, code in refused]
    return Transform(
        name=name, family=Family.TEXT, takes=_TEXTS, gives=Type.TEXT, says=says, make=lambda: made, examples=shown
    )


TRANSFORMS = (
    _text(
        "line",
        "The text as it stands, if XML can hold it and it has at most 2000 characters. Whole numbers become text.",
        Made(apply=fields.line),
        ("احداث بناي مازاد", "احداث بناي مازاد"),
        (452, "452"),
        refused=(("بنا\x0b", "notice.field-invalid"), ("x" * 2001, "notice.field-too-long")),
    ),
    _text(
        "number",
        "A number or code that names something: Latin digits, no signs that nobody sees, no white space around it.",
        Made(apply=fields.number),
        (" ۱۴۰۴/٠٠٠۱۲\u200f ", "1404/00012"),
        (10001, "10001"),
        refused=((12.5, "notice.field-invalid"),),
    ),
    _text("trim", "Without white space at both ends.", _on_text(str.strip), ("  رأی ", "رأی")),
    _text(
        "one-space",
        "White space, however much and of whichever kind, becomes one space; none stays at the ends.",
        _on_text(lambda text: " ".join(text.split())),
        (" خیابان  ولیعصر\n", "خیابان ولیعصر"),
    ),
    _text("plain", "As `number`, without its limits.", _on_text(plain), ("\u200f۱۲ ", "12")),
    _text("latin-digits", "Persian and Arabic digits become 0-9.", _on_text(ascii_digits), ("پلاک ۱۲٣", "پلاک 123")),
    _text(
        "persian-digits",
        "Digits of every script become ۰-۹.",
        _on_text(lambda text: ascii_digits(text).translate(PERSIAN_DIGITS)),
        ("پلاک 12٣", "پلاک ۱۲۳"),
    ),
    _text(
        "persian-letters",
        "Arabic ي and ك, as old databases hold them, become ی and ک. For codes and words, never for names.",
        _on_text(lambda text: text.translate(_PERSIAN_LETTERS)),
        ("حقيقي", "حقیقی"),
        ("كمیسیون", "کمیسیون"),
    ),
    _text(
        "fold",
        "The form in which two spellings are equal. For comparing alone: it is not what was written.",
        _on_text(fold),
        ("حـقـيـقـي", "حقیقی"),
        ("Ruling", "ruling"),
    ),
    _text("lower", "In small letters.", _on_text(str.lower), ("RULING", "ruling")),
    _text("upper", "In capital letters.", _on_text(str.upper), ("ruling", "RULING")),
    _text(
        "digits-only",
        "The digits of the text, as 0-9, and nothing else.",
        _on_text(lambda text: "".join(sign for sign in ascii_digits(text) if sign in "0123456789")),
        ("۱۱۱۵۵-12345", "1115512345"),
    ),
    _text(
        "no-leading-zeros",
        "Without zeros at the beginning; a zero alone stays.",
        _on_text(lambda text: text.lstrip("0") or ("0" if text else "")),
        ("000412", "412"),
        ("000", "0"),
    ),
    Transform(
        name="keep",
        family=Family.TEXT,
        takes=_TEXTS,
        gives=Type.TEXT,
        says="Only these characters of the text, in their order.",
        make=lambda characters: _kept(characters),
        parameters=(Parameter(name="characters", wanted=Type.TEXT, says="what is kept", needed=True, least=1),),
        examples=(Example(given="ب/452-الف", made="/452-", parameters={"characters": "0123456789/-"}),),
    ),
    Transform(
        name="replace",
        family=Family.TEXT,
        takes=_TEXTS,
        gives=Type.TEXT,
        says="Each `old` becomes `new`.",
        make=_replace,
        parameters=(
            Parameter(name="old", wanted=Type.TEXT, says="what is replaced, literally", needed=True, least=1),
            Parameter(name="new", wanted=Type.TEXT, says="what takes its place", default=""),
        ),
        examples=(Example(given="5-12-3", made="5/12/3", parameters={"old": "-", "new": "/"}),),
    ),
    Transform(
        name="pad",
        family=Family.TEXT,
        takes=_TEXTS,
        gives=Type.TEXT,
        says="Filled up to `width` characters with `sign`; a longer text stays as it is, and nothing stays nothing.",
        make=_pad,
        parameters=(
            Parameter(name="width", wanted=Type.INTEGER, says="characters", needed=True, least=1, most=2000),
            Parameter(name="sign", wanted=Type.TEXT, says="one character", default="0", least=1, most=1),
            Parameter(
                name="side", wanted=Type.TEXT, says="where it is filled", default="left", choices=("left", "right")
            ),
        ),
        examples=(
            Example(given="12345678", made="0012345678", parameters={"width": 10}),
            Example(given="", made="", parameters={"width": 10}),
            Example(given="ab", made="ab..", parameters={"width": 4, "sign": ".", "side": "right"}),
        ),
    ),
    Transform(
        name="cut",
        family=Family.TEXT,
        takes=_TEXTS,
        gives=Type.TEXT,
        says="The characters from `start` (the first is 0) to before `end`.",
        make=_cut,
        parameters=(
            Parameter(name="start", wanted=Type.INTEGER, says="the first that stays", default=0, most=MAX_TEXT),
            Parameter(name="end", wanted=Type.INTEGER, says="the first that does not", default=MAX_TEXT, most=MAX_TEXT),
        ),
        examples=(Example(given="140400012", made="1404", parameters={"end": 4}),),
    ),
    Transform(
        name="substring",
        family=Family.TEXT,
        takes=_TEXTS,
        gives=Type.TEXT,
        says="At most `length` characters from `start` on (the first is 0; -4 is the fourth from the end).",
        make=_substring,
        parameters=(
            Parameter(name="start", wanted=Type.INTEGER, says="the first", needed=True, least=-MAX_TEXT, most=MAX_TEXT),
            Parameter(name="length", wanted=Type.INTEGER, says="how many", default=MAX_TEXT, least=1, most=MAX_TEXT),
        ),
        examples=(
            Example(given="140411140905", made="0905", parameters={"start": -4}),
            Example(given="IR-31-7", made="31", parameters={"start": 3, "length": 2}),
            Example(given="7", made="", parameters={"start": 3}),
        ),
    ),
    Transform(
        name="part",
        family=Family.TEXT,
        takes=_TEXTS,
        gives=Type.TEXT,
        says="Part `number` (the first is 1) of a text that is split at `at`; nothing, where there are fewer.",
        make=_part,
        parameters=(
            Parameter(name="at", wanted=Type.TEXT, says="what stands between the parts", needed=True, least=1),
            Parameter(name="number", wanted=Type.INTEGER, says="which part", needed=True, least=1, most=1000),
        ),
        examples=(
            Example(given="5-12-3-4-5-6-0", made="12", parameters={"at": "-", "number": 2}),
            Example(given="5", made=None, parameters={"at": "-", "number": 2}),
        ),
    ),
    Transform(
        name="prefix",
        family=Family.TEXT,
        takes=_TEXTS,
        gives=Type.TEXT,
        says="`text` before it; nothing stays nothing.",
        make=lambda text: _on_present(lambda value: text + value),
        parameters=(Parameter(name="text", wanted=Type.TEXT, says="what is put before", needed=True, least=1),),
        examples=(Example(given="5", made="منطقه 5", parameters={"text": "منطقه "}),),
    ),
    Transform(
        name="suffix",
        family=Family.TEXT,
        takes=_TEXTS,
        gives=Type.TEXT,
        says="`text` behind it; nothing stays nothing.",
        make=lambda text: _on_present(lambda value: value + text),
        parameters=(Parameter(name="text", wanted=Type.TEXT, says="what is put behind", needed=True, least=1),),
        examples=(Example(given="ruling", made="ruling.pdf", parameters={"text": ".pdf"}),),
    ),
)
