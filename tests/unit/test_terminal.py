"""Text from outside never commands the terminal on which it is shown."""

from __future__ import annotations

import io
import json

import pytest
from rich.table import Table
from rich.text import Text

from adapters.terminal.safe_console import SafeConsole, harmless_json

HOSTILE = [
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[1;31mred",
    "\x9b31m",
    "row\rother",
    "paper\u202egpj.exe",
    "\u2066left\u2069",
    "a\u2028b",
    "back\x08\x08",
    "half\ud800 and half\udfff",
]


def shown(renderable: object) -> str:
    out = io.StringIO()
    SafeConsole(file=out, force_terminal=True, width=80, highlight=False).print(renderable, markup=False)
    return out.getvalue()


@pytest.mark.parametrize("text", HOSTILE)
def test_escapes_and_direction_overrides_never_reach_the_terminal_raw(text: str) -> None:
    table = Table("file")
    table.add_row(Text(text, style="bold red"))
    for out in (shown(text), shown(Text(text)), shown(table)):
        own = out.replace("\x1b[1;31m", "").replace("\x1b[1m", "").replace("\x1b[0m", "").replace("\x1b[2m", "")
        assert not set(own) & set("\x1b\x9b\x07\x08\r\u202e\u2066\u2069\u2028\ud800\udfff")


def test_styles_and_persian_are_shown_as_they_are() -> None:
    assert shown(Text("می‌شود", style="bold")) == "\x1b[1mمی‌شود\x1b[0m\n"


@pytest.mark.parametrize("text", HOSTILE)
def test_json_says_the_same_without_a_command(text: str) -> None:
    line = harmless_json(json.dumps({"file": text}, ensure_ascii=False))
    assert json.loads(line) == {"file": text}
    assert line.isprintable()
