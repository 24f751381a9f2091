"""Errors in plain HTTP: by a table of statuses, by a code in the answer, or by the status alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adapters.judiciary.mapped.error_container import ErrorContainer
from adapters.judiciary.mapped.form import text_at
from adapters.judiciary.wire import Fault, status_code


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpErrors:
    """Reader of errors. ``statuses`` are those that the profile gives a meaning by themselves.

    ``container`` is the place of a code in an answer, which decides for all others. An answer without a code is good
    after 2xx.
    """

    statuses: frozenset[int]
    container: ErrorContainer | None

    def fault(self, answer: Any, *, mapped: bool) -> Fault | None:
        """Return the fault that an answer (a tree with its ``status``) tells; None if its rest is read.

        With ``mapped`` a mapping decides about every answer that is no known fault, since it may say something about
        the notice itself.
        """
        status, container = answer["status"], self.container
        code = text_at(answer, container.code) if container is not None else None
        if status not in self.statuses:
            if code is not None and container is not None:
                return container.fault(answer, mapped=mapped)
            if mapped or 200 <= status < 300:
                return None
        return Fault(code=status_code(status), text=self.words(answer))

    def words(self, answer: Any) -> str:
        """Return the service's words for a person in an answer; empty without any."""
        return "" if self.container is None else self.container.words(answer)
