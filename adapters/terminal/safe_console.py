"""A console on which text from outside cannot command the terminal.

File names, reasons and columns of other systems may hold escape sequences, which move the cursor or retitle a window.
They may hold direction overrides (Unicode Technical Report 36, 2.1), which show ``gpj.exe`` as ``exe.jpg``. They may
hold half of a surrogate pair, which nothing can encode. Each such character is shown as U+FFFD or by its code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

# C0 but tab and line feed, DEL, C1; marks that override or isolate direction; halves of pairs. ZWNJ and the implicit
# marks stay: Persian needs them, and they reverse nothing.
_COMMANDS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def harmless(text: str) -> str:
    """Return ``text`` with U+FFFD for each character that would command the terminal or reverse the text."""
    return _COMMANDS.sub("\ufffd", text)


def harmless_json(text: str) -> str:
    """Return JSON ``text`` with such characters as escapes: the same value, and no command."""
    return _COMMANDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class SafeConsole(Console):
    """Console like `rich.console.Console`, but text has no control characters; styles are its own."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments of ``renderable``, their text made harmless. Rich's own control segments pass."""
        for segment in super().render(renderable, options):
            if segment.control or not _COMMANDS.search(segment.text):
                yield segment
            else:
                yield Segment(harmless(segment.text), segment.style)
