"""Patterns of JSON schemas, matched in a number of steps that grows with the text alone.

Python's `re` tries one path after another: for ``^(a+)+$`` its work doubles with each letter. It matches only patterns
that leave it one path. For the others, all paths are followed at once here (a nondeterministic automaton).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from math import prod
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final

MAX_PROGRAM: Final = 2_000
MAX_STEPS: Final = 5_000_000
_FEW: Final = 64
_MANY: Final = 1_000
"""Most paths of a pattern that is tried at one place, each over no more signs than it has repeats."""

_REPEATS: Final = (sre.MAX_REPEAT, sre.MIN_REPEAT)
_PARTS: Final = re.compile(r"\\.|.", re.DOTALL)
_OUTSIDE_CLASSES: Final = {".": "[^\n\r\u2028\u2029]", "$": r"\Z"}
_CLASSES: Final = {
    "d": "09",
    "w": "09AZ__az",
    "s": "\t\r  \xa0\xa0\u1680\u1680\u2000\u200a\u2028\u2029\u202f\u202f\u205f\u205f\u3000\u3000\ufeff\ufeff",
}
"""Signs of ECMA-262's classes (22.2.2.9), by the first and the last sign of each range."""
_BEGINNINGS: Final = (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING)
_Step = tuple[str, Any]


class Pattern:
    """Pattern of ECMA-262, as far as Python can write it.

    Raises `re.error` for an invalid pattern, or one without a bound: it looks ahead or back beside repeats, or is too
    large.
    """

    def __init__(self, expression: str) -> None:
        try:
            expression = _in_python(expression)
            self._compiled = re.compile(expression, re.ASCII)  # for \b
            tree = _parser.parse(expression, re.ASCII)
            self.is_plain = _is_plain(tree)
        except (OverflowError, RecursionError) as error:
            raise re.error("too large") from error
        except ValueError as error:
            raise re.error(str(error)) from error
        self._program: list[_Step] = []
        if not self.is_plain:
            if self._compiled.flags != re.ASCII:
                raise re.error("flags beside repeats")
            self._add(tree)
            self._program.append(("match", None))

    def found_in(self, text: str) -> bool:
        """Return True if it occurs anywhere in the text; False too if that takes more than `MAX_STEPS`."""
        if self.is_plain:
            return self._compiled.search(text) is not None
        threads: set[int] = set()
        steps = 0
        for at in range(len(text) + 1):
            threads = self._reached({*threads, 0}, at, len(text))
            if len(self._program) - 1 in threads:
                return True
            steps += len(threads)
            if steps > MAX_STEPS:
                return False
            if at < len(text):
                takes = (step for step in threads if self._program[step][0] == "sign")
                threads = {step + 1 for step in takes if self._program[step][1](text[at])}
        return False

    def _reached(self, waiting: set[int], at: int, length: int) -> set[int]:
        seen: set[int] = set()
        while waiting:
            here = waiting.pop()
            if here in seen:
                continue
            seen.add(here)
            name, value = self._program[here]
            if name == "either":
                waiting.update(value)
            elif name == "at" and ((value in _BEGINNINGS and at == 0) or (value == sre.AT_END_STRING and at == length)):
                waiting.add(here + 1)
        return seen

    def _add(self, tree: Iterable[Any]) -> None:
        for name, value in tree:
            if len(self._program) > MAX_PROGRAM:
                raise re.error("too large")
            if name is sre.SUBPATTERN and not value[1] and not value[2]:
                self._add(value[3])
            elif name is sre.BRANCH:
                self._add_branches(value[1])
            elif name in _REPEATS:
                self._add_repeat(*value)
            elif name is sre.AT and value in (*_BEGINNINGS, sre.AT_END_STRING):
                self._program.append(("at", value))
            else:
                self._program.append(("sign", _sign(name, value)))

    def _add_branches(self, branches: list[Any]) -> None:
        ends = []
        for branch in branches:
            split = len(self._program)
            self._program.append(("either", ()))
            self._add(branch)
            ends.append(len(self._program))
            self._program.append(("either", ()))
            self._program[split] = ("either", (split + 1, len(self._program)))
        # Behind the last branch there is no other one: nothing goes on from here.
        nowhere = len(self._program)
        self._program.append(("either", ()))
        for end in ends:
            self._program[end] = ("either", (nowhere + 1,))

    def _add_repeat(self, least: int, most: Any, body: Any) -> None:
        for _ in range(least):
            self._add(body)
        split = len(self._program)
        if most is sre.MAXREPEAT:
            self._program.append(("either", ()))
            self._add(body)
            self._program.append(("either", (split,)))
            self._program[split] = ("either", (split + 1, len(self._program)))
            return
        splits = []
        for _ in range(most - least):
            splits.append(len(self._program))
            self._program.append(("either", ()))
            self._add(body)
        for split in splits:
            self._program[split] = ("either", (split + 1, len(self._program)))


@cache
def pattern(expression: str) -> Pattern:
    return Pattern(expression)


def _in_python(expression: str) -> str:
    """Return a pattern of ECMA-262 as Python writes it.

    Python gives another meaning to the classes, which have all scripts there; to ``.``, which takes a carriage return;
    and to ``$``, which stands before a last line feed too.
    """
    made: list[str] = []
    in_class = False
    for part in _PARTS.findall(expression):
        if len(part) == 2 and part[1].lower() in _CLASSES:
            signs = _ranges(_CLASSES[part[1].lower()], negated=part[1].isupper())
            made.append(signs if in_class else f"[{signs}]")
        elif in_class:
            if part == "]" and (made[-1] == "[" or made[-2:] == ["[", "^"]):
                raise re.error("an empty class")
            in_class = part != "]"
            made.append(r"\[" if part == "[" else part)
        else:
            in_class = part == "["
            made.append(_OUTSIDE_CLASSES.get(part, part))
    return "".join(made)


def _ranges(signs: str, *, negated: bool) -> str:
    """Return the inside of a class: ``signs`` are the first and the last one of each range, in order."""
    bounds = [ord(each) for each in signs]
    if negated:
        bounds = [0, *(bound + (1 if number % 2 else -1) for number, bound in enumerate(bounds)), sys.maxunicode]
    return "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in zip(bounds[::2], bounds[1::2], strict=True))


def _sign(name: Any, value: Any) -> Callable[[str], bool]:
    if name is sre.LITERAL:
        return lambda sign: ord(sign) == value
    if name is sre.NOT_LITERAL:
        return lambda sign: ord(sign) != value
    if name is sre.IN:
        negated = value[0][0] is sre.NEGATE
        tests = [_member(*each) for each in (value[1:] if negated else value)]
        return lambda sign: any(test(sign) for test in tests) != negated
    raise re.error(f"{name} beside repeats")


def _member(name: Any, value: Any) -> Callable[[str], bool]:
    if name is sre.RANGE:
        return lambda sign: value[0] <= ord(sign) <= value[1]
    return _sign(name, value)


def _is_plain(tree: Any) -> bool:
    """Return True if `re` has few paths to try: at most one repeat is unbounded, and it starts the text; no repeat
    holds another. From the start of a text alone, a pattern without an unbounded repeat may have more.
    """
    items = list(tree)
    begins = bool(items) and items[0][0] is sre.AT and items[0][1] in _BEGINNINGS
    ways, endless = prod(len(value[1]) for name, value in _all(tree) if name is sre.BRANCH), 0
    for least, most, body in _repeats(tree):
        if most != 1 and any(name in _REPEATS or name is sre.BRANCH for name, _ in _all(body)):
            return False
        if most is sre.MAXREPEAT:
            endless += 1
        else:
            ways *= most - least + 1
    return ways <= (_MANY if begins and not endless else _FEW) and endless <= (1 if begins else 0)


def _repeats(tree: Any) -> Iterator[tuple[int, Any, Any]]:
    for name, value in _all(tree):
        if name in _REPEATS or name is sre.POSSESSIVE_REPEAT:
            yield value


def _all(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every node below."""
    for name, value in tree:
        yield name, value
        for inner in _parts(value):
            yield from _all(inner)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, _parser.SubPattern):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _parts(each)
