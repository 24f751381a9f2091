"""Form of a page as a browser would send it: every field that has a name, with its value."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

_LINE_END: Final = re.compile(r"\r\n?|\n")
_NO_LINES: Final = ("text", "search", "password", "email", "url", "tel")
"""Types of inputs whose values have no line ends (HTML, value sanitization algorithm)."""


class SentForm(HTMLParser):
    """Reader of the fields of the form with ``mark`` among its attributes.

    Texts change as in a browser: the parser replaces NUL, an input of one line drops line ends, and every other line
    end is sent as CR LF.
    """

    def __init__(self, mark: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._mark, self._inside, self._name, self._text = mark, False, "", False

    @classmethod
    def of(cls, page: str, mark: str = "data-preview") -> dict[str, str]:
        """Return the fields; texts of several lines have the line ends that browsers send."""
        form = cls(mark)
        form.feed(page)
        return form.fields

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form":
            self._inside = self._mark in named
        if not self._inside:
            return
        name, value = named.get("name") or "", named.get("value") or ""
        if tag == "input":
            is_line = named.get("type", "text") in _NO_LINES
            self.fields[name] = _sent(re.sub(r"[\r\n]", "", value) if is_line else value)
        elif tag == "select":
            self._name = name
        elif tag == "option" and self._name and ("selected" in named or self._name not in self.fields):
            self.fields[self._name] = _sent(value)
        elif tag == "textarea":
            self._name, self._text = name, True
            self.fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "textarea" and self._text:
            # A browser drops the first line end of the element.
            self.fields[self._name] = _sent(re.sub(r"\A(\r\n?|\n)", "", self.fields[self._name]))
        if tag in ("textarea", "select"):
            self._name, self._text = "", False

    def handle_data(self, data: str) -> None:
        if self._text:
            self.fields[self._name] += data


def _sent(text: str) -> str:
    return _LINE_END.sub("\r\n", text.replace("\0", "\ufffd"))
