"""A case source whose rows arrive in the gateway's own inbox, by REST, by SOAP or as files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from gateway.mapping.kinds.result import COLUMNS
from gateway.notice.source_row import COMPARED, CaseRow, Position, Refusal, Result, RowMark, Shown
from gateway.runtime.clock import Clock, system_clock
from gateway.store.inbox import Inbox, RowStatus, told_refusals, told_results, version_of

BROUGHT_ROW = replace(COLUMNS, kept=frozenset(RowStatus.__dataclass_fields__))
"""Fields that a mapping of results may fill: any name that is not a standard field of a result."""

_ARRIVAL = re.compile(r"\d{1,20}", re.ASCII)


class InboxSource:
    """Case source (`gateway.notice.source_row.CaseSource`) over the inbox.

    Versions are arrivals. Results are kept in the inbox, and senders fetch them from there.
    """

    def __init__(self, name: str, inbox: Inbox, clock: Clock = system_clock) -> None:
        self._name, self._inbox, self._clock = name, inbox, clock

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_brought(self) -> bool:
        return True

    def marks(self, position: Position | None, limit: int) -> Sequence[RowMark]:
        if position is None:
            return self._inbox.marks(self._name, 0, limit)
        # One row has one arrival, so a position behind a key of a version is behind the version.
        since = int(position.version) + (position.key is not None)
        return self._inbox.marks(self._name, since, limit)

    def before(self, version: str, distance: int) -> str | None:
        return version_of(max(0, int(version) - distance)) if _ARRIVAL.fullmatch(version) else None

    def rows(
        self,
        keys: Sequence[str],
        columns: Sequence[str] | None = None,  # noqa: ARG002 - a row holds whatever its sender brought
    ) -> Iterator[CaseRow]:
        return self._inbox.rows(self._name, keys)

    def shown(self, keys: Sequence[str]) -> Mapping[str, Shown | None]:
        standings = self._inbox.standings(self._name, keys)
        nothing = Shown(reference=None, state=None, seq=None, code=None, values=dict.fromkeys(COMPARED))
        return {
            key: nothing
            if told is None
            else Shown(
                reference=told.reference,
                state=told.state,
                seq=told.seq,
                code=told.code,
                values={name: getattr(told, name) for name in COMPARED},
            )
            for key, told in ((key, standing.told) for key, standing in standings.items())
        }

    def unlisted(self) -> int:
        """Return 0: a row without a key or version is refused before it is kept."""
        return 0

    def write_results(self, results: Sequence[Result]) -> Sequence[str]:
        if not results:
            return []
        keys = [result.row_key for result in results]
        return self._inbox.tell(self._name, keys, told_results(results, self._clock()))

    def write_refusals(self, refusals: Sequence[Refusal]) -> None:
        if refusals:
            self._inbox.tell(self._name, [refusal.row_key for refusal in refusals], told_refusals(refusals))
