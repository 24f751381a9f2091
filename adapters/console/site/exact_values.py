"""Texts of form controls as they are, and as a browser sends them back: nothing of them may change on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import escape

_CONTROL: Final = re.compile(r'<[^<>]*\svalue="[^"]*\Z|<textarea\b[^<>]*>[^<]*\Z')
"""End of a template's text behind which the value of a control stands."""

_LINE_END: Final = re.compile(r"\r\n?")
_FILTER: Final = "exact"


class ExactValues(Extension):
    """Write every text in a ``value`` attribute or a ``textarea`` as it is.

    Running text shows hidden signs by other ones (`adapters.pages.rendering.visible`); values of controls are data.
    """

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        environment.filters[_FILTER] = exact

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens of a template; each output inside a control goes through `exact`."""
        text, inside = "", False
        for token in stream:
            line = token.lineno
            if token.type == "data":
                text = (text + token.value)[-_MOST:]
                text = text[max(text.rfind("<"), 0) :]
            elif token.type == "variable_begin":
                inside = _CONTROL.search(text) is not None
                yield token
                if inside:
                    yield Token(line, "lparen", "(")
                continue
            elif token.type == "variable_end" and inside:
                yield from (Token(line, "rparen", ")"), Token(line, "pipe", "|"), Token(line, "name", _FILTER))
            yield token


_MOST: Final = 5000
"""Characters of a template's text that are looked at: more than a tag has."""


def exact(value: Any) -> Any:
    """Return a text that no `finalize` changes, escaped for HTML."""
    return escape(value) if isinstance(value, str) else value


def as_sent(text: str) -> str:
    """Return a text with the signs that HTML cannot carry as a browser reads them: line ends, and NUL.

    Source: HTML, "preprocessing the input stream" and "attribute value state". A control with line ends is a textarea:
    an input of one line would drop them.
    """
    return _LINE_END.sub("\n", text).replace("\0", "\ufffd")


def is_as_shown(sent: str, shown: str) -> bool:
    """Return True if a browser sent the text that the page showed: nobody touched it."""
    return as_sent(sent) == as_sent(shown)
