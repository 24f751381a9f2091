"""Mapper of results: a source's own mapping gives values for the columns, or fields, of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.kinds.kind_catalogue import RESULT_TO_ROW
from gateway.mapping.kinds.result import DEADLINE, refusal_tree, result_tree
from gateway.mapping.model.mapper import FROM_FILE
from gateway.mapping.model.refusal import Unmapped
from gateway.mapping.model.schema import Group
from gateway.mapping.program.program import Program
from gateway.mapping.program.reads_of_source import outermost
from gateway.notice.source_row import Own, Refusal, Result


class ResultMapper:
    """Mapper by one mapping of the kind ``result-to-row``."""

    def __init__(self, program: Program, version: str = FROM_FILE) -> None:
        self._program, self._version = program, version

    @classmethod
    def of(cls, octets: bytes, file: str, row: Group, version: str = FROM_FILE) -> ResultMapper:
        """Compile a mapping file for a ``row``. Raises `gateway.mapping.compiler.mistake.MappingMistaken`."""
        return cls(compile_mapping(octets, file, kind=RESULT_TO_ROW.name, row=row), version)

    @property
    def name(self) -> str:
        return self._program.name

    @property
    def version(self) -> str:
        return self._version

    @property
    def digest(self) -> str:
        return self._program.digest

    @property
    def octets(self) -> bytes:
        return self._program.octets

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that it writes, in the order of the file."""
        return self._program.targets

    @property
    def reads_deadline(self) -> bool:
        """Return True if it asks for the deadline that service began."""
        names = outermost(self._program.reads)
        return names is None or not names.isdisjoint(DEADLINE)

    def result(self, result: Result, since: datetime) -> Own:
        """Map the state of a row's notice, unchanged ``since`` then. Raises `Unmapped`."""
        values = self._made(result.row_key, result_tree(result, since))
        return Own(values=values, reference=result.reference, seq=result.seq)

    def refusal(self, refusal: Refusal, notice: Result | None = None, since: datetime | None = None) -> Own:
        """Map a row's refusal, and the notice that was made of the row earlier. Raises `Unmapped`."""
        if notice is None or since is None:
            return Own(values=self._made(refusal.row_key, refusal_tree(refusal)), reference=None, seq=None)
        values = self._made(refusal.row_key, refusal_tree(refusal, result_tree(notice, since)))
        return Own(values=values, reference=notice.reference, seq=notice.seq)

    def _made(self, row: str, tree: Mapping[str, Any]) -> dict[str, Any]:
        """Run the mapping; a column without a value is emptied, since it may show an earlier state."""
        made = self._program.run(tree)
        if made.problems:
            raise Unmapped(f"row {row}", made.problems)
        return {name: made.values.get(name) for name in self._program.targets}
