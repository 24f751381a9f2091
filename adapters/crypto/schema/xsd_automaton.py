"""Automaton that libxml2 makes of a regular expression of an XML schema (its ``xmlregexp.c``, version 2.14).

It has libxml2's peculiarities, which cost time, too: ``((a)+|b)`` accepts ``ba`` there.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final, NamedTuple

MAX_STATES: Final = 4_000

_MAX_DEPTH: Final = 50
"""libxml2's limit for groups within groups."""
_FEW: Final = 4
_BEYOND: Final = 1 << 0x10000
"""One sign for all characters beyond the Basic Multilingual Plane: a set that may hold any of them holds it."""
_ALL: Final = 2 * _BEYOND - 1
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t"}


class PatternRefused(Exception):
    """The expression has no bound, or is invalid; the text gives the reason."""

    literal_name = "PatternRefused"


def automaton_of(expression: str) -> Automaton:
    """Return the expression's automaton; state 0 is the first. Raises `PatternRefused`."""
    return _Reader(expression).read()


class Silent(NamedTuple):
    """Move without a character.

    It has a target state, the counter that allows it (0: none), and two flags: it ends the counting, or the counter
    never allows it. libxml2 tries the states behind such a move, too.
    """

    there: int
    counter: int
    ends: bool
    spent: bool


class Automaton:
    """States, and the moves between them."""

    def __init__(self) -> None:
        self.signs: list[int] = []
        """The characters of each atom of the expression."""
        self.moves: list[list[tuple[int, int]]] = []
        """From each state: an atom, and the state that it leads to."""
        self.silent: list[list[Silent]] = []
        """From each state, without a character."""
        self.numbered: set[int] = set()
        """Atoms that take a number of characters."""
        self.counted: list[tuple[int, int]] = []
        """Beginning and end of each group that is counted."""

    def state(self) -> int:
        if len(self.moves) >= MAX_STATES:
            raise PatternRefused(f"it has more than {MAX_STATES} states")
        self.moves.append([])
        self.silent.append([])
        return len(self.moves) - 1

    def skip(self, begin: int, end: int, counter: int = 0, *, ends: bool = False, spent: bool = False) -> None:
        self.silent[begin].append(Silent(end, counter, ends, spent))

    def atom(self, signs: int) -> int:
        self.signs.append(signs)
        return len(self.signs) - 1

    def take(self, begin: int, atom: int, end: int) -> None:
        self.moves[begin].append((atom, end))


class _Reader:
    """Parser of an expression, exactly as libxml2 parses it."""

    def __init__(self, expression: str) -> None:
        self._text = expression
        self._at = 0
        self.automaton = Automaton()
        self._state = self.automaton.state()

    def read(self) -> Automaton:
        self._branches(0)
        if self._at < len(self._text):
            raise self._unread()
        return self.automaton

    def _unread(self) -> PatternRefused:
        return PatternRefused(f"it cannot be read at character {self._at + 1}")

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        sign = self._next()
        if not sign:
            raise self._unread()
        self._at += 1
        return sign

    def _branches(self, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise PatternRefused(f"it has more than {_MAX_DEPTH} groups within each other")
        begin = self._state
        self._branch(None, depth)
        end = self._state
        while self._next() == "|":
            self._at += 1
            self._state = begin
            self._branch(end, depth)
        self._state = end

    def _branch(self, end: int | None, depth: int) -> None:
        if self._next() in ("", "|", ")"):
            self._skip_to(self._state, end)
        while self._next() not in ("", "|", ")"):
            if self._next() == "(":
                self._group(end, depth)
            else:
                self._sign(end, self._signs(depth))

    def _skip_to(self, begin: int, end: int | None) -> None:
        if end is None:
            self._state = end = self.automaton.state()
        self.automaton.skip(begin, end)

    def _last(self, end: int | None) -> int | None:
        return end if self._next() in ("", "|", ")") else None

    def _group(self, end: int | None, depth: int) -> None:
        made = self.automaton
        self._skip_to(self._state, None)
        before = self._state
        source, size = self._at, len(made.moves)
        begin, stop = self._inside(before, depth)
        size = len(made.moves) - size
        least, most = self._quantity()
        end = self._last(end)
        if self._text[self._at - 1] == "}":
            self._state = self._counted(before, (begin, stop), (least, most), end, (source, depth, size))
            return
        if end is not None and end != stop:
            made.skip(stop, end)
        if (least, most) == (0, 1):
            self._skip_to(begin, end)
            if end is None:
                made.skip(stop, self._state)
        if most is None:
            made.skip(stop, begin)
            if least == 0:
                made.skip(begin, stop)

    def _inside(self, before: int, depth: int) -> tuple[int, int]:
        self._at += 1
        self._state = begin = self.automaton.state()
        self.automaton.skip(before, begin)
        self._branches(depth + 1)
        if self._take() != ")":
            raise self._unread()
        return begin, self._state

    def _counted(
        self,
        before: int,
        first: tuple[int, int],
        quantity: tuple[int, int | None],
        end: int | None,
        source: tuple[int, int, int],
    ) -> int:
        """Add a counted group, and return the state behind it.

        libxml2 has one copy and a counter. Here copies are written out, if they are few: else the counter counts all.
        """
        made = self.automaton
        least, most = quantity
        begin, stop = first
        made.counted.append((begin, stop))
        counter = len(made.counted)
        end = made.state() if end is None else end
        if least == 0:
            made.skip(before, end)
        optional = _FEW + 1 if most is None else most - max(least, 1)
        copies = max(least, 1) + (optional if optional <= _FEW else 0)
        if copies * source[2] > MAX_STATES // 4:
            made.skip(stop, begin, counter)
            made.skip(stop, end, counter, ends=True)
            return end
        goes_on = self._at
        for number in range(1, copies + 1):
            if number > 1:
                self._at = source[0]
                begin, stop = self._inside(stop, source[1])
            if number >= least:
                made.skip(stop, end, counter, ends=True)
        made.skip(stop, begin, counter, spent=optional <= _FEW)
        self._at = goes_on
        return end

    def _sign(self, end: int | None, signs: int) -> None:
        made = self.automaton
        begin = self._state
        atom = made.atom(signs)
        least, most = self._quantity()
        end = self._last(end)
        self._state = end = made.state() if end is None else end
        if most is None and self._text[self._at - 1] != "}":
            stop = made.state()
            made.skip(stop, end)
            made.take(begin, atom, stop)
            made.take(stop, atom, stop)
            if least == 0:
                made.skip(begin, stop)
            return
        if least == 0:
            made.skip(begin, end)
        # libxml2 keeps the number beside one move. Small numbers are written out as moves; larger ones become a loop.
        within = made.atom(signs)
        if self._text[self._at - 1] == "}":
            made.numbered.add(atom)
        more = _FEW + 1 if most is None or least > MAX_STATES // 4 else most - least
        fewest = least if least <= MAX_STATES // 4 else 1
        for number in range(1, fewest + (more if more <= _FEW else fewest == 0) + 1):
            there = made.state()
            made.take(begin, atom, there)
            if number >= fewest:
                made.skip(there, end)
            begin, atom = there, within
        if more > _FEW:
            made.take(begin, within, begin)

    def _quantity(self) -> tuple[int, int | None]:
        sign = self._next()
        if sign and sign in "?*+":
            self._at += 1
            return int(sign == "+"), 1 if sign == "?" else None
        if sign != "{":
            return 1, 1
        end = self._text.find("}", self._at)
        least, comma, most = self._text[self._at + 1 : end].partition(",")
        if end < 0 or not all(each.isascii() and each.isdigit() and len(each) < 10 for each in (least, most or "0")):
            raise self._unread()
        self._at = end + 1
        if comma and not most:
            return int(least), None
        return int(least), max(int(most or 0), int(least))  # {3,0} is {3} to libxml2

    def _signs(self, depth: int) -> int:
        sign = self._take()
        if sign == "[":
            return self._class(depth)
        if sign == "\\":
            return self._escape()
        if sign == ".":
            return _without(_one("\n") | _one("\r"))
        if sign in "?*+)]":
            raise self._unread()
        return _one(sign)

    def _escape(self) -> int:
        sign = self._take()
        if sign in "pP":
            end = self._text.find("}", self._at)
            if self._next() != "{" or end < 0:
                raise self._unread()
            name, self._at = self._text[self._at + 1 : end], end + 1
            # libxml2 takes a \P within [ ] as the negation of the whole set; any character is the safe bound.
            return _ALL if sign == "P" or name.startswith("Is") else _category(name)
        if sign == "u":
            digits, self._at = self._text[self._at : self._at + 4], self._at + 4
            try:
                return _one(chr(int(digits, 16)))
            except ValueError:
                raise self._unread() from None
        return _of_letter(sign) if sign in "sSdDwWiIcC" else _one(_ESCAPED.get(sign, sign))

    def _class(self, depth: int) -> int:
        if depth > _MAX_DEPTH:
            raise self._unread()
        negated = self._next() == "^"
        self._at += negated
        found, exact = 0, True
        while (sign := self._take()) != "]":
            if sign == "-" and self._next() == "[":
                self._at += 1
                self._class(depth + 1)  # what it takes away is left in: so the set is too large at most
                exact = False
                continue
            begin = self._at
            low = self._escape() if sign == "\\" else _one(sign)
            escape = self._text[begin : begin + 1] if sign == "\\" else ""
            exact = exact and not (escape and escape in "pPiIcC")
            if self._next() == "-" and self._text[self._at + 1 : self._at + 2] not in ("", "]", "["):
                self._at += 1
                high = self._escape() if (sign := self._take()) == "\\" else _one(sign)
                low = _between(low, high)
            found |= low
        if not negated:
            return found
        return _without(found) if exact else _ALL


def _one(sign: str) -> int:
    return 1 << min(ord(sign), 0x10000)


def _without(signs: int) -> int:
    return (_ALL ^ signs) | _BEYOND


def _between(low: int, high: int) -> int:
    begin, end = low.bit_length() - 1, high.bit_length() - 1
    return (1 << (end + 1)) - (1 << begin) if begin <= end else _ALL


@cache
def _category(name: str) -> int:
    bits = (unicodedata.category(chr(code)).startswith(name) for code in range(0xFFFF, -1, -1))
    return int("".join("01"[bit] for bit in bits), 2) | _BEYOND


@cache
def _of_letter(letter: str) -> int:
    """Return the characters of an escape such as ``\\d`` (XML Schema part 2, appendix F.1.1)."""
    if letter in "SDW":
        return _without(_of_letter(letter.lower()))
    if letter == "s":
        return _one(" ") | _one("\t") | _one("\n") | _one("\r")
    if letter == "d":
        return _category("Nd")
    if letter == "w":
        return _without(_category("P") | _category("Z") | _category("C"))
    if letter in "ic":  # a few more than names may have
        digits = _category("N") | _category("M") | _one("-") | _one(".") | _one("\u00b7") if letter == "c" else 0
        return _category("L") | _category("Nl") | digits | _one("_") | _one(":")
    return _ALL
