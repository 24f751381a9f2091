"""Words of mails in one language: plain text, whose lines begin in the direction of the language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.runtime.bilingual import Words

_RIGHT_TO_LEFT: Final = "\u200f"

AUTOMATIC: Final = Words(
    en="This mail is written by a program and holds no personal data. Answers to it are not read.",
    fa="این نامه خودکار است و داده شخصی در آن نیست. به پاسخ آن رسیدگی نمی‌شود.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Language of mails (``fa`` or ``en``), the gateway's name, and the console's address; None: no links."""

    language: str
    gateway: str
    console: str | None

    def say(self, words: Words) -> str:
        return words.fa if self.language == "fa" else words.en

    def apart(self, text: str) -> str:
        """Return a text of Latin letters apart from the direction of the text around it."""
        return f"\u2068{text}\u2069" if self.language == "fa" else text

    def subject(self, words: Words) -> str:
        """Return a subject: the gateway's name, and the words, in one line."""
        return f"{self.apart(self.gateway)}: {self.say(words)}"

    def link(self, path: str) -> str | None:
        return None if self.console is None else f"{self.console.rstrip('/')}{path}"

    def text(self, lines: Sequence[str]) -> str:
        """Return lines as the text of a mail, with its closing words. A line that is a link stays as it is."""
        whole = [*lines, "", self.say(AUTOMATIC)]
        mark = _RIGHT_TO_LEFT if self.language == "fa" else ""
        return "\n".join(line if not line or line.lstrip().startswith("http") else mark + line for line in whole) + "\n"
