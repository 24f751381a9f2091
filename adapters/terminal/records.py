"""Records on a screen of any width: a table if no value is broken in it, or else lines for each record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.padding import Padding
from rich.text import Text

from adapters.terminal.printing import console, table

LEAST = 30
"""Columns that a sentence needs in a table; it is broken between words."""

_APART = 2
_INDENT = 4
_EMPTY = frozenset({"", "–", "·"})


def show_records(
    title: str, columns: Sequence[str], records: Sequence[Sequence[str]], *, first_named: bool = False
) -> None:
    """Print records, a cell for each column.

    The cells of columns that begin with ``~`` are sentences. A cell of any other column is never broken: if the table
    needs a wider screen, each record is lines, with the first cell above and the others after the names of their
    columns; with ``first_named`` the first one, too. Columns that begin with ``>`` are right-aligned.
    """
    sentences = [place for place, name in enumerate(columns) if name.startswith("~")]
    names = [name.lstrip("~>") for name in columns]
    if _width(names, sentences, records) > console.width:
        _print_lines(title, names, records, first_named)
        return
    rows = table(title, *(name.lstrip("~") for name in columns))
    for place, column in enumerate(rows.columns):
        column.no_wrap = place not in sentences
    for record in records:
        rows.add_row(*record)
    console.print(rows)


def _width(names: Sequence[str], sentences: Sequence[int], records: Sequence[Sequence[str]]) -> int:
    """Return the columns that a table needs."""
    total = _APART * (len(names) - 1)
    for place, name in enumerate(names):
        longest = max(map(cell_len, (name, *(record[place] for record in records))))
        total += min(longest, LEAST) if place in sentences else longest
    return total


def _print_lines(title: str, names: Sequence[str], records: Sequence[Sequence[str]], first_named: bool) -> None:
    if title:
        console.print(Text(title, style="bold"))
    for first, *others in records:
        console.print(Text(f"{names[0]}: {first}" if first_named else first, overflow="fold"))
        told = [
            f"{name}: {cell}" if name else cell
            for name, cell in zip(names[1:], others, strict=True)
            if cell not in _EMPTY
        ]
        print_parts(told, between="; " if all(map(str.isascii, names)) else "؛ ")


def print_parts(told: Sequence[str], *, between: str) -> None:
    """Print indented lines with as many whole parts as fit each; only a part that is longer than a line is broken."""
    for line in _packed(told, console.width - _INDENT, between):
        console.print(Padding(Text(line, overflow="fold"), (0, 0, 0, _INDENT), expand=False))


def _packed(told: Sequence[str], width: int, between: str) -> Iterator[str]:
    line = ""
    for part in told:
        longer = f"{line}{between}{part}" if line else part
        if line and cell_len(longer) > width:
            yield line
            line = part
        else:
            line = longer
    if line:
        yield line
