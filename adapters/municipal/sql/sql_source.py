"""A case database behind SQLAlchemy: rows are listed and read from a view, and results are written back.

`docs/connect/case-databases.md` lists the rights of the database's accounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from adapters.municipal.sql.columns import Columns, columns_of, written_row
from adapters.municipal.sql.engines import Engines
from adapters.municipal.sql.results import SqlResults
from adapters.municipal.sql.source_config import SqlSourceConfig
from adapters.municipal.sql.view import KEYS_ASKED_FOR, SqlView, parts
from adapters.municipal.sql.writeback import write_back_of
from gateway.mapping.model.schema import Group
from gateway.notice.source_row import CaseRow, Position, Refusal, Result, RowMark, Shown
from gateway.runtime.clock import Clock, system_clock


class SqlCaseSource:
    """Case source (`gateway.notice.source_row.CaseSource`) over SQL; a call that writes is one transaction."""

    def __init__(
        self,
        name: str,
        url: str,
        config: SqlSourceConfig | None = None,
        *,
        write_url: str | None = None,
        clock: Clock = system_clock,
    ) -> None:
        """Open the engines; connect at the first call of another method.

        Raises ``config.value`` if they cannot be used.
        """
        config = config or SqlSourceConfig()
        self._name, self._clock, self._config = name, clock, config
        self._engines = Engines.open(url, write_url, config.timeout, in_code_pages=config.has_encodings)
        self._view = SqlView(name, self._engines, config)
        self._back = write_back_of(self._engines, config)
        self._results = SqlResults(self._back, self._view.bound_key, clock)

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_brought(self) -> bool:
        return False

    def columns(self) -> dict[str, Columns]:
        """Return the readable columns by name, with their types. Raises ``source.*``."""
        return columns_of(self._engines, self._config)

    def written_row(self) -> Group:
        """Return the columns, or parameters, that a mapping of results may fill. Raises ``source.*``."""
        return written_row(self._engines, self._config)

    def close(self) -> None:
        """Close every connection."""
        self._engines.close()

    def marks(self, position: Position | None, limit: int) -> Sequence[RowMark]:
        return self._view.marks(position, limit)

    def before(self, version: str, distance: int) -> str | None:
        return self._view.before(version, distance, self._clock())

    def rows(self, keys: Sequence[str], columns: Sequence[str] | None = None) -> Iterator[CaseRow]:
        return (self._view if columns is None else self._view.of(columns)).rows(keys)

    def shown(self, keys: Sequence[str]) -> Mapping[str, Shown | None]:
        there: dict[str, Shown | None] = {}
        for some in parts(keys, KEYS_ASKED_FOR):
            columns = self._back.shown({key: self._view.bound_key(key) for key in some})
            if columns is None:
                present = self._view.versions(some)
                columns = {key: None for key in some if key in present}
            there |= columns
        return there

    def unlisted(self) -> int:
        return self._view.unlisted()

    def write_results(self, results: Sequence[Result]) -> Sequence[str]:
        """Write each result, unless its row shows a later step of its notice, or a notice that it does not replace."""
        return self._results.write(results)

    def write_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Write code and reason into rows that still have the refused version."""
        present = self._view.versions([refusal.row_key for refusal in refusals])
        self._results.write_refusals([r for r in refusals if present.get(r.row_key) == r.row_version])
