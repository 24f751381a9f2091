"""Mapper of a case database: a compiled mapping turns a row into a notice, or refuses it with every reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.kinds.kind_catalogue import ROW_TO_NOTICE
from gateway.mapping.kinds.notice_schemas import Bodies, notice_of
from gateway.mapping.model.bodies import BodyConfig
from gateway.mapping.model.mapper import FROM_FILE
from gateway.mapping.model.refusal import Problem, RowRefused, problems_of
from gateway.mapping.program.program import Program
from gateway.mapping.program.reads_of_source import outermost
from gateway.notice.notice import Notice, excess_of
from gateway.notice.source_row import ATTACHMENTS, CaseRow


class CaseMapper:
    """Implementation of `gateway.mapping.model.mapper.Mapper` by one mapping of the kind ``row-to-notice``."""

    def __init__(
        self,
        program: Program,
        bodies: Mapping[str, BodyConfig],
        examine: Callable[[bytes], None],
        version: str = FROM_FILE,
        passing: Callable[[Sequence[bytes]], Sequence[bool]] | None = None,
    ) -> None:
        """``passing`` tells of several papers which of them surely pass ``examine``; None: each is examined alone."""
        self._program, self._version, self._passing = program, version, passing
        self._bodies = Bodies(by_code=bodies, examine=examine)
        self._reads = outermost(program.reads)

    @classmethod
    def of(
        cls, octets: bytes, file: str, bodies: Mapping[str, BodyConfig], examine: Callable[[bytes], None]
    ) -> CaseMapper:
        """Compile a mapping file. Raises `gateway.mapping.compiler.mistake.MappingMistaken`."""
        return cls(compile_mapping(octets, file, kind=ROW_TO_NOTICE.name), bodies, examine)

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
        """Return the columns that it reads from a row."""
        return self._program.columns

    def map(self, row: CaseRow) -> Notice:
        """Map a row to a notice. Raises `RowRefused`."""
        return self._map(row, self._bodies)

    def map_all(self, rows: Sequence[CaseRow]) -> list[Notice | RowRefused]:
        """Map rows, each as `map` does; their papers are examined together."""
        if self._passing is None:
            return [self._mapped(row, self._bodies) for row in rows]
        papers: list[list[bytes]] = []
        found = []
        for row in rows:
            papers.append([])
            found.append(self._mapped(row, replace(self._bodies, examine=papers[-1].append)))
        passed = iter(self._passing([paper for of_row in papers for paper in of_row]))
        for place, of_row in enumerate(papers):
            if not all(list(islice(passed, len(of_row)))):
                found[place] = self._mapped(rows[place], self._bodies)
        return found

    def _mapped(self, row: CaseRow, bodies: Bodies) -> Notice | RowRefused:
        try:
            return self._map(row, bodies)
        except RowRefused as refused:
            return refused

    def _map(self, row: CaseRow, bodies: Bodies) -> Notice:
        made = self._program.run(row.fields, bodies)
        unread = {defect.field for defect in row.defects}
        problems = problems_of(row.defects) + [each for each in made.problems if each.field not in unread]
        problems += [_of_attachments("document.unmapped")] if self._leaves_out_attachments(row) else []
        if problems:
            raise RowRefused(row, problems, made.values.get("case_number"), made.values.get("body.code"))
        notice = notice_of(made.values, bodies)
        size = sum(len(each.octets) for each in notice.documents)
        if (code := excess_of(len(notice.documents), size)) is not None:
            raise RowRefused(row, [_of_attachments(code)], notice.case_number, notice.body.code)
        return notice

    def _leaves_out_attachments(self, row: CaseRow) -> bool:
        """Return True if the row came with attachments that the mapping does not read: none is left out silently."""
        brought = isinstance(row.fields.get(ATTACHMENTS), tuple)
        return brought and self._reads is not None and ATTACHMENTS not in self._reads


def _of_attachments(code: str) -> Problem:
    return Problem(code=code, field=ATTACHMENTS, title="پیوست‌ها")
