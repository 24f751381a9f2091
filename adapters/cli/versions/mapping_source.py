"""A source against whose database a mapping is checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.composition.sources import known_columns, known_row
from adapters.contracts.mapping_files import case_program, columns_as_source, kind_of, read_mapping
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.kinds.kind_catalogue import RESULT_TO_ROW
from gateway.mapping.program.program import Program

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


@dataclass(frozen=True)
class Against:
    """Source against whose database a mapping is checked."""

    installation: Installation
    source: str

    def compiled(self, file: Path) -> Program:
        """Return the program of a mapping of rows or of results. Raises `MappingMistaken`."""
        octets = read_mapping(file)
        if kind_of(octets) == RESULT_TO_ROW.name:
            return compile_mapping(octets, str(file), row=known_row(self.installation, self.source))
        columns = known_columns(self.installation, self.source)
        return case_program(file, None if columns is None else columns_as_source(columns))
