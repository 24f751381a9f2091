"""Text of a form control as a browser sends it back: a text that nobody touched is found to be the one shown."""

from __future__ import annotations

import re
from typing import Final

_LINE_END: Final = re.compile(r"\r\n?")


def as_sent(text: str) -> str:
    """Return a text with the signs that HTML cannot carry as a browser reads them: line ends, and NUL.

    Source: HTML, "preprocessing the input stream" and "attribute value state". A control with line ends is a textarea:
    an input of one line would drop them.
    """
    return _LINE_END.sub("\n", text).replace("\0", "\ufffd")


def is_as_shown(sent: str, shown: str) -> bool:
    """Return True if a browser sent the text that the page showed: nobody touched it."""
    return as_sent(sent) == as_sent(shown)
