"""Mapper of a case database: a compiled mapping turns a row into a notice, or refuses it with every reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.kinds.document_schemas import excess_of
from gateway.mapping.kinds.kind_catalogue import ROW_TO_NOTICE
from gateway.mapping.kinds.notice_schemas import Bodies, notice_of
from gateway.mapping.model.bodies import BodyConfig
from gateway.mapping.model.mapper import FROM_FILE
from gateway.mapping.model.refusal import Problem, RowRefused, problems_of
from gateway.mapping.program.program import Program
from gateway.notice.notice import Notice
from gateway.notice.source_row import CaseRow


class CaseMapper:
    """Implementation of `gateway.mapping.model.mapper.Mapper` by one mapping of the kind ``row-to-notice``."""

    def __init__(
        self,
        program: Program,
        bodies: Mapping[str, BodyConfig],
        examine: Callable[[bytes], None],
        version: str = FROM_FILE,
    ) -> None:
        self._program, self._version = program, version
        self._bodies = Bodies(by_code=bodies, examine=examine)

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
        made = self._program.run(row.fields, self._bodies)
        unread = {defect.field for defect in row.defects}
        problems = problems_of(row.defects) + [each for each in made.problems if each.field not in unread]
        if problems:
            raise RowRefused(row, problems, made.values.get("case_number"))
        notice = notice_of(made.values, self._bodies)
        if (code := excess_of(notice)) is not None:
            raise RowRefused(row, [Problem(code=code, field="attachments", title="پیوست‌ها")], notice.case_number)
        return notice
