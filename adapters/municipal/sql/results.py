"""Results and refusals on their way into a case database: the values that a row shows of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from adapters.municipal.sql.source_config import RESULT_FIELDS
from adapters.municipal.sql.writeback import WriteBack
from gateway.notice.source_row import REFUSED, Refusal, Result
from gateway.runtime.clock import Clock, timestamp


class SqlResults:
    """Writer of results. ``bound_key`` returns a key as the database keeps it. A call is one transaction."""

    def __init__(self, back: WriteBack, bound_key: Callable[[str], Any], clock: Clock) -> None:
        self._back, self._bound_key, self._clock = back, bound_key, clock

    def write(self, results: Sequence[Result]) -> list[str]:
        """Write each result, unless its row shows a later step of its notice, or a notice that it does not replace.

        Returns the keys of missing rows.
        """
        now = timestamp(self._clock())
        there = self._back.results([{"row_key": self._bound_key(r.row_key), **_shown(r, now)} for r in results])
        return [result.row_key for result, found in zip(results, there, strict=True) if not found]

    def write_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Write code and reason, whatever version the rows have."""
        self._back.refusals(
            [
                {
                    "row_key": self._bound_key(refusal.row_key),
                    "state": REFUSED,
                    "code": refusal.code,
                    "reason": refusal.reason,
                    "updated_at": timestamp(refusal.refused_at),
                    "own": refusal.own,
                }
                for refusal in refusals
            ]
        )


def _shown(result: Result, now: str) -> dict[str, Any]:
    """Return the values that a row shows of a result, and the notice and the step that it replaces."""
    values = {name: getattr(result, name) for name in RESULT_FIELDS if name != "updated_at"}
    written = {name: timestamp(value) if isinstance(value, datetime) else value for name, value in values.items()}
    return {**written, "updated_at": now, "replaces": result.replaces, "over": result.over, "own": result.own}
