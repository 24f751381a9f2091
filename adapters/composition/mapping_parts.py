"""Parts of the mapping: each source's mapping of rows and of results, from its file or the version in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adapters.composition.hooks import Instrument, uninstrumented
from adapters.contracts.mapping_files import case_program, columns_as_source, read_mapping, result_mapper
from adapters.municipal.papers.examiner import PaperExaminer
from adapters.settings import Settings
from adapters.settings.config_folder import ConfigFolder
from adapters.shipped.resources import CASE_MAPPING
from adapters.storage.sql_store import SqlStore
from gateway.mapping import BodyConfig
from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.kinds.catalogue import ROW_TO_NOTICE
from gateway.mapping.model.mapper import FROM_FILE, Mapper
from gateway.mapping.model.schema import Group
from gateway.mapping.model.values import Type
from gateway.mapping.program.program import Program
from gateway.mapping.result_mapper import ResultMapper
from gateway.notice.notice import sha256
from gateway.runtime.clock import Clock
from gateway.store.version import MappingVersion
from gateway.store.version_subject import Subject
from gateway.versions.version_actions import Named
from gateway.versions.version_in_force import InForce


@dataclass(frozen=True, kw_only=True)
class MappingParts:
    """Factory of mappers.

    ``columns_there`` returns a source's columns with their types, or None if rows are pushed. ``row`` and ``row_there``
    return the fields that a mapping of results may fill, by the configuration and by the database.
    """

    settings: Settings
    folder: ConfigFolder
    columns_there: Callable[[str], Mapping[str, Type] | None]
    row: Callable[[str], Group]
    row_there: Callable[[str], Group]
    store: Callable[[], SqlStore]
    examiner: Callable[[], PaperExaminer]
    clock: Clock
    _programs: dict[Path, Program] = field(default_factory=dict, init=False, repr=False, compare=False)
    _results: dict[str, ResultMapper] = field(default_factory=dict, init=False, repr=False, compare=False)

    def file(self, source: str) -> Path:
        """Return the file of the mapping of a source's rows."""
        named = self.settings.sources[source].mapping or self.settings.mapping.file
        return self.folder.path(named) if named else CASE_MAPPING

    def named(self, source: str, subject: Subject) -> Named | None:
        """Return the mapping that the configuration names for a source, compiled once against its columns.

        None if it names no mapping of results. Raises `GatewayError`.
        """
        if subject is Subject.PROFILE:
            return None
        path = self.file(source) if subject is Subject.ROWS else self.results_file(source)
        if path is None:
            return None
        octets = read_mapping(path)
        if subject is Subject.ROWS:
            self.assert_mappable(source, octets, str(path))
        else:
            self.assert_results(source, octets, str(path))
        return Named(name=path.stem, octets=octets)

    def drifted(self, source: str, mapper: Mapper) -> str | None:
        """Describe the difference between the mapping file on the disk and the mapping in force.

        None if they are equal. None, too, if no file is named and the shipped one has another name. Raises
        `GatewayError` ``mapping.unreadable``.
        """
        path = self.file(source)
        octets = read_mapping(path)
        if octets == mapper.octets:
            return None
        if path == CASE_MAPPING and mapper.name != CASE_MAPPING.stem:
            return None
        return f"{path} has {sha256(octets)[:23]}…"

    def program(self, source: str) -> Program:
        """Return the compiled mapping of a source. It is read once: one run never mixes two versions of a file."""
        path = self.file(source)
        if path not in self._programs:
            self._programs[path] = case_program(path)
        return self._programs[path]

    def assert_mappable(self, source: str, octets: bytes, label: str) -> Program:
        """Compile a mapping of a source's rows against the columns of its database. Raises `GatewayError`."""
        columns = self.columns_there(source)
        known = None if columns is None else columns_as_source(columns)
        return compile_mapping(octets, label, kind=ROW_TO_NOTICE.name, source=known)

    def in_force(self, instrument: Instrument = uninstrumented) -> InForce[Mapper]:
        """Return the lookup of the mapping in force for a source's rows."""
        mapper = self.mapper

        def compiled(version: MappingVersion) -> Mapper:
            program = compile_mapping(version.octets, version.label, kind=ROW_TO_NOTICE.name)
            return instrument(mapper(program, str(version.number)), "map")

        def by_file(source: str) -> Mapper:
            return instrument(mapper(self.program(source)), "map")

        return InForce(self.store().versions, self.clock, compiled, by_file)

    def mapper(self, program: Program, version: str = FROM_FILE) -> CaseMapper:
        """Return the mapper of a compiled mapping, for this installation's bodies and with its examiner of papers."""
        return CaseMapper(program, self.bodies, self.examiner().examine, version)

    def current(self, source: str) -> Mapper:
        """Return the mapper in force for a source's rows now. Raises `GatewayError` ``mapping.*``."""
        return self.in_force().current(source)

    def results_in_force(self, source: str) -> Callable[[], ResultMapper | None]:
        """Return a lookup of the mapper in force for a source's results; it gives None if the source has no such
        mapping.

        The lookup raises `GatewayError` ``mapping.*``.
        """

        def compiled(version: MappingVersion) -> ResultMapper | None:
            return ResultMapper.of(version.octets, version.label, self.row(source), str(version.number))

        in_force = InForce(self.store().versions, self.clock, compiled, self._results_by_file, Subject.RESULTS)
        return lambda: in_force.current(source)

    def results(self, source: str) -> ResultMapper | None:
        """Return the mapper in force for a source's results now. Raises `GatewayError` ``mapping.*``."""
        return self.results_in_force(source)()

    def _results_by_file(self, source: str) -> ResultMapper | None:
        """Return the mapper that the configuration names; the file is read once."""
        path = self.results_file(source)
        if path is None:
            return None
        if source not in self._results:
            self._results[source] = result_mapper(path, self.row(source))
        return self._results[source]

    def results_file(self, source: str) -> Path | None:
        """Return the file of a source's mapping of results; None if the configuration names none."""
        named = self.settings.sources[source].results
        return None if named is None else self.folder.path(named)

    def results_drifted(self, source: str, mapper: ResultMapper) -> str | None:
        """Describe the difference between the file on the disk and the mapping of results in force.

        None if they are equal or no file is named. Raises `GatewayError` ``mapping.unreadable``.
        """
        path = self.results_file(source)
        if path is None or (octets := read_mapping(path)) == mapper.octets:
            return None
        return f"{path} has {sha256(octets)[:23]}…"

    def assert_results(self, source: str, octets: bytes, label: str) -> None:
        """Compile a mapping of results against the database's columns. Raises `GatewayError`."""
        ResultMapper.of(octets, label, self.row_there(source))

    @property
    def bodies(self) -> dict[str, BodyConfig]:
        bodies = self.settings.bodies.items()
        return {code: BodyConfig(code=code, title=body.title, kinds=body.kinds) for code, body in bodies}
