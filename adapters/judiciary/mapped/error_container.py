"""Errors inside an ordinary answer: a part of every answer has a code, and words for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

from adapters.judiciary.mapped.form import Path, texts_at
from adapters.judiciary.wire import Fault

MAX_WORDS: Final = 500
"""Most characters of the judiciary's words that are shown."""

NO_CODE: Final = "container.empty"
"""Code of an answer whose container has no code."""


class Errors(Protocol):
    """Reader of errors in ordinary answers."""

    def fault(self, answer: Any, *, mapped: bool) -> Fault | None:
        """Return the fault that an answer (as `adapters.judiciary.mapped.form.Form.tree` has it) tells; None if its
        rest is read.

        With ``mapped`` a mapping decides about every code that is no known fault.
        """
        ...

    def words(self, answer: Any) -> str:
        """Return the service's words for a person in an answer; empty without any."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorContainer:
    """Part of every answer that tells errors.

    ``code`` is the path to its code (`NO_CODE` if it leads nowhere), ``text`` the path to the words that a person
    reads. After a code in ``good`` the rest of the answer is read. ``faults`` are the codes of
    `gateway.judiciary.outcome_codes.CodeTable` that mean the same as in a fault: busy, credentials and so on.
    """

    code: Path
    text: Path | None
    good: frozenset[str]
    faults: frozenset[str]

    def fault(self, answer: Any, *, mapped: bool) -> Fault | None:
        """Return the fault that an answer tells; None if its rest is read.

        With ``mapped`` a mapping decides about every code that is no known fault, since it may say something about the
        notice itself. Of several codes a known fault counts, then the first that is not good.
        """
        bad = [code for code in self._codes(answer) if code not in self.good]
        known = [code for code in bad if code in self.faults]
        if not bad or (mapped and not known):
            return None
        return Fault(code=(known or bad)[0], text=self.words(answer))

    def words(self, answer: Any) -> str:
        found = texts_at(answer, self.text) if self.text else ()
        return "; ".join(dict.fromkeys(found))[:MAX_WORDS]

    def _codes(self, answer: Any) -> list[str]:
        return list(texts_at(answer, self.code)) or [NO_CODE]
