"""Line numbers of keys in a TOML text: the standard library's reader gives values without lines.

`tomllib` has accepted the text before, so this walks over it without checks.
"""

from __future__ import annotations

from collections.abc import Mapping

Key = tuple[str | int, ...]

_BARE_END = frozenset(" \t=.]")
_SCALAR_END = frozenset(",]}#\n")


def line_index(text: str) -> Mapping[Key, int]:
    """Return the line (from 1) of each key, table and element of an array, by its path."""
    walker = _Walker(text.replace("\r\n", "\n"))
    walker.document()
    return walker.lines


def line_of(text: str, *key: str | int) -> int:
    """Return the line of ``key`` in a TOML text, or of the nearest parent."""
    return nearest(line_index(text), key)


def nearest(lines: Mapping[Key, int], key: Key) -> int:
    """Return the line of ``key``, or of the nearest parent."""
    while key and key not in lines:
        key = key[:-1]
    return lines.get(key, 1)


class _Walker:
    def __init__(self, text: str) -> None:
        self._text, self._at, self._line = text, 0, 1
        self._tables: dict[Key, int] = {}
        self.lines: dict[Key, int] = {}

    def document(self) -> None:
        table: Key = ()
        while self._skip(newlines=True):
            if self._peek("[["):
                table = self._array_of_tables()
            elif self._peek("["):
                table = self._table()
            else:
                self._assignment(table)

    def _table(self) -> Key:
        self._step(1)
        path = self._placed(self._dotted())
        self._step(1)
        self._note(path)
        return path

    def _array_of_tables(self) -> Key:
        self._step(2)
        dotted = self._dotted()
        self._step(2)
        path = (*self._placed(dotted[:-1]), dotted[-1])
        number = self._tables.get(path, -1) + 1
        self._tables[path] = number
        self._note(path)
        self._note((*path, number))
        return (*path, number)

    def _placed(self, dotted: list[str]) -> Key:
        """Return the path of a header: an array of tables in it stands for its last table so far."""
        path: Key = ()
        for part in dotted:
            path = (*path, part)
            self._note(path)
            if path in self._tables:
                path = (*path, self._tables[path])
        return path

    def _assignment(self, table: Key) -> None:
        line = self._line
        path = table
        for part in self._dotted():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self._step(1)  # the sign of equality
        self._value(path)

    def _dotted(self) -> list[str]:
        parts = []
        while True:
            self._skip()
            if self._peek('"') or self._peek("'"):
                parts.append(self._string())
            else:
                start = self._at
                while self._text[self._at] not in _BARE_END:
                    self._at += 1
                parts.append(self._text[start : self._at])
            self._skip()
            if not self._peek("."):
                return parts
            self._step(1)

    def _value(self, path: Key) -> None:
        self._skip()
        self._note(path)
        if self._peek('"') or self._peek("'"):
            self._string()
        elif self._peek("["):
            self._step(1)
            number = 0
            while self._skip(newlines=True) and not self._peek("]"):
                self._value((*path, number))
                number += 1
                self._skip(newlines=True)
                if self._peek(","):
                    self._step(1)
            self._step(1)
        elif self._peek("{"):
            self._step(1)
            while self._skip(newlines=True) and not self._peek("}"):
                self._assignment(path)
                self._skip(newlines=True)
                if self._peek(","):
                    self._step(1)
            self._step(1)
        else:
            while self._at < len(self._text) and self._text[self._at] not in _SCALAR_END:
                self._at += 1

    def _string(self) -> str:
        quote = self._text[self._at]
        mark = quote * 3 if self._peek(quote * 3) else quote
        self._step(len(mark))
        start = self._at
        while not self._peek(mark):
            self._step(2 if quote == '"' and self._peek("\\") else 1)
        if len(mark) == 3:
            while self._peek(quote * 4):  # up to two more may stand before the closing three
                self._step(1)
        found = self._text[start : self._at]
        self._step(len(mark))
        return found

    def _skip(self, *, newlines: bool = False) -> bool:
        """Skip white space and comments, also line ends with ``newlines``; return False at the end of the text."""
        while self._at < len(self._text):
            here = self._text[self._at]
            if here == "#":
                while self._at < len(self._text) and self._text[self._at] != "\n":
                    self._at += 1
            elif here in " \t" or (newlines and here == "\n"):
                self._step(1)
            else:
                break
        return self._at < len(self._text)

    def _peek(self, mark: str) -> bool:
        return self._text.startswith(mark, self._at)

    def _step(self, count: int) -> None:
        self._line += self._text.count("\n", self._at, self._at + count)
        self._at += count

    def _note(self, path: Key) -> None:
        self.lines.setdefault(path, self._line)
