"""Errors inside an ordinary answer: a part of every answer has a code, and words for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

from adapters.judiciary.mapped.form import Path, text_at
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
        notice itself.
        """
        code = text_at(answer, self.code) or NO_CODE
        if code in self.good or (mapped and code not in self.faults):
            return None
        return Fault(code=code, text=self.words(answer))

    def words(self, answer: Any) -> str:
        found = text_at(answer, self.text) if self.text else None
        return (found or "")[:MAX_WORDS]
