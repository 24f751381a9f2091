"""Plain paths: ``recipient.identifier``, ``parties[0].name``, ``papers[*].number``, ``"نام مخاطب"``, ``$.reference``,
``$call.id``.

A path reads only mappings and lists, so no name in it can reach code. ``[*]`` collects the values present in the
elements and skips absent ones.
A single element is read as a list of one, since XML writes it so. A path begins at the current element of a ``repeat``,
at the whole document after ``$.``, or in a namespace of the call (`NAMESPACES`), which stands beside the document.
A table with a ``#text``, which XML makes of a text with attributes, is read as that text. A path may also name the
``#text`` of an element that has no attributes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.mapping.model.budget import NODE, Budget
from gateway.runtime.bilingual import Words

MAX_PATH = 500
MAX_STEPS = 20
_EACH = "*"
TEXT: Final = "#text"
"""Name of the text of an XML element that may have attributes."""

CALL: Final = "$call"
CONFIG: Final = "$config"
SESSION: Final = "$session"
REQUEST: Final = "$request"
ANSWER: Final = "$answer"
NAMESPACES: Final = (CALL, CONFIG, SESSION, REQUEST, ANSWER)
"""Names, beside the document, of values of the call that it is a message of."""

_NAMESPACE = re.compile(rf"\$[A-Za-z]+(?=[.\[])|({'|'.join(map(re.escape, NAMESPACES))})$", re.ASCII)
_NAME_END = frozenset(".[\"'] \t")

_LENGTH: Final = Words("a path has 1 to {most} characters", "مسیر ۱ تا {most} نویسه دارد")
_STEPS: Final = Words("a path has at most {most} steps", "مسیر حداکثر {most} گام دارد")
_NAME_AFTER: Final = Words("a name is wanted after the dot", "پس از نقطه نامی لازم است")
_NAME_BEFORE: Final = Words("a name is wanted before the dot", "پیش از نقطه نامی لازم است")
_NAME_AT: Final = Words("a name is wanted at character {number}", "در نویسه {number} نامی لازم است")
_DOT_AT: Final = Words("a dot is wanted at character {number}", "در نویسه {number} نقطه لازم است")
_UNCLOSED: Final = Words("] is missing", "نشانه ] کم است")
_ENDS: Final = Words("it ends where a name is wanted", "در جایی پایان می‌یابد که نامی لازم است")
_NO_PLACE: Final = Words(
    "[{inner}] is neither [*] nor a place from 0",
    "\u200e[{inner}]\u200e نه \u200e[*]\u200e است و نه شماره‌ای که از صفر آغاز شود",
)
_QUOTES: Final = Words("a name in quotes has no end, or is empty", "نامی که در گیومه آمده بسته نشده یا خالی است")

Step = str | int
Read = Callable[[Any, Any, Budget], Any]
"""Function from the whole document, the current element and the budget to a value (None: absent)."""


class BadPath(ValueError):
    """The text is no path; ``found`` gives the reason."""

    literal_name = "BadPath"

    def __init__(self, found: Words) -> None:
        super().__init__(found.en)
        self.found = found


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Parsed path: ``steps`` are names, places in lists, and None (each element).

    ``from_root`` is True if it begins at the whole document, or in a ``namespace``.
    """

    text: str
    steps: tuple[Step | None, ...]
    from_root: bool
    namespace: str | None = None

    @property
    def first(self) -> str | None:
        """Return the first step if it is a name."""
        return self.steps[0] if isinstance(self.steps[0], str) else None

    @property
    def names(self) -> tuple[str, ...]:
        """Return its names alone: the path in a schema."""
        return tuple(step for step in self.steps if isinstance(step, str))

    @property
    def is_many(self) -> bool:
        return None in self.steps


def parse_path(text: str) -> Path:
    """Parse ``text`` as a path. Raises `BadPath`."""
    if not text or len(text) > MAX_PATH:
        raise BadPath(_LENGTH.filled(most=MAX_PATH))
    from_root, found = text.startswith("$."), _NAMESPACE.match(text)
    steps = _steps(text[2:] if from_root else text)
    if len(steps) > MAX_STEPS:
        raise BadPath(_STEPS.filled(most=MAX_STEPS))
    namespace = found[0] if found else None
    return Path(text=text, steps=tuple(steps), from_root=from_root or found is not None, namespace=namespace)


def _steps(text: str) -> list[Step | None]:
    steps: list[Step | None] = []
    at, expects_name = 0, True
    while at < len(text):
        if text[at] == "[":
            if expects_name and steps:
                raise BadPath(_NAME_AFTER)
            end = text.find("]", at)
            if end < 0:
                raise BadPath(_UNCLOSED)
            steps.append(_place(text[at + 1 : end]))
            at, expects_name = end + 1, False
        elif text[at] == ".":
            if expects_name:
                raise BadPath(_NAME_BEFORE)
            at, expects_name = at + 1, True
        elif expects_name:
            name, at = _name(text, at)
            steps.append(name)
            expects_name = False
        else:
            raise BadPath(_DOT_AT.filled(number=at + 1))
    if expects_name:
        raise BadPath(_ENDS)
    return steps


def _place(inner: str) -> int | None:
    if inner == _EACH:
        return None
    if inner.isascii() and inner.isdigit() and len(inner) <= 5:
        return int(inner)
    raise BadPath(_NO_PLACE.filled(inner=inner))


def _name(text: str, at: int) -> tuple[str, int]:
    if text[at] == '"':
        end = text.find('"', at + 1)
        if end <= at + 1:
            raise BadPath(_QUOTES)
        return text[at + 1 : end], end + 1
    end = at
    while end < len(text) and text[end] not in _NAME_END:
        end += 1
    if end == at:
        raise BadPath(_NAME_AT.filled(number=at + 1))
    return text[at:end], end


def compile_path(path: Path, *, whole: bool = False) -> Read:
    """Return a function that reads ``path``; with ``whole``, the tables at its end, not their texts."""
    steps, from_root = path.steps, path.from_root
    if len(steps) == 1 and path.first is not None and path.first != TEXT:
        read = _one_name(path.first, from_root=from_root)
    else:

        def read(root: Any, item: Any, budget: Budget) -> Any:
            return _walk(root if from_root else item, steps, budget)

    return read if whole else _as_texts(read)


def _as_texts(read: Read) -> Read:
    def read_texts(root: Any, item: Any, budget: Budget) -> Any:
        value = read(root, item, budget)
        if type(value) is dict:
            return value.get(TEXT, value)
        if type(value) is list and any(type(each) is dict and TEXT in each for each in value):
            texts = [each.get(TEXT, each) if type(each) is dict else each for each in value]
            return [each for each in texts if each is not None]
        return value

    return read_texts


def _one_name(name: str, *, from_root: bool) -> Read:
    def read(root: Any, item: Any, _budget: Budget) -> Any:
        document = root if from_root else item
        # A check against the abstract type costs more than the rest of a field.
        return document.get(name) if type(document) is dict or isinstance(document, Mapping) else None

    return read


def _walk(value: Any, steps: Sequence[Step | None], budget: Budget) -> Any:
    for number, step in enumerate(steps):
        budget.spend(NODE)
        if step is None:
            return _each(value, steps[number + 1 :], budget)
        if isinstance(step, str):
            if type(value) is dict or isinstance(value, Mapping):
                value = value.get(step)
            elif step != TEXT or not isinstance(value, str):
                value = None
        else:
            value = value[step] if step < len(value := _listed(value)) else None
        if value is None:
            return None
    return value


def _listed(value: Any) -> Sequence[Any]:
    if isinstance(value, list | tuple):
        return value
    return () if value is None else (value,)


def _each(value: Any, rest: Sequence[Step | None], budget: Budget) -> list[Any] | None:
    if value is None:
        return None
    found: list[Any] = []
    for element in _listed(value):
        budget.spend(NODE)
        inner = _walk(element, rest, budget)
        if isinstance(inner, list) and None in rest:
            found += inner
        elif inner is not None:
            found.append(inner)
    return found
