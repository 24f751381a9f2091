"""Each source's mapping of rows and of results, from its file or the version in force."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.composition.sql_sections import configured_row
from adapters.contracts.mapping_files import case_program, read_mapping, result_mapper
from adapters.schedule.instrument import Instrument, uninstrumented
from adapters.settings import Settings
from adapters.settings.mapping_file import case_file, results_file
from adapters.shipped.resources import BY_HAND_MAPPING, CASE_MAPPING
from gateway.mapping import BodyConfig
from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.kinds.kind_catalogue import ROW_TO_NOTICE
from gateway.mapping.model.mapper import FROM_FILE, Mapper
from gateway.mapping.model.schema import Group
from gateway.mapping.program.program import Program
from gateway.mapping.result_mapper import ResultMapper
from gateway.notice.notice import sha256
from gateway.record.version_subject import Subject
from gateway.store.version import MappingVersion
from gateway.versions.version_in_force import InForce

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def mappers_in_force(installation: Installation, instrument: Instrument = uninstrumented) -> InForce[Mapper]:
    """Return the lookup of the mapping in force for a source's rows."""

    def compiled(version: MappingVersion) -> Mapper:
        program = compile_mapping(version.octets, version.label, kind=ROW_TO_NOTICE.name)
        return instrument(case_mapper(installation, program, str(version.number)), "map")

    def by_file(source: str) -> Mapper:
        path = case_file(installation.settings, installation.folder, source)
        if path not in installation.programs:
            installation.programs[path] = case_program(path)
        return instrument(case_mapper(installation, installation.programs[path]), "map")

    return InForce(installation.store().versions, installation.clock, compiled, by_file)


def case_mapper(installation: Installation, program: Program, version: str = FROM_FILE) -> CaseMapper:
    """Return the mapper of a compiled mapping, for this installation's bodies and with its examiner of papers."""
    examiner = installation.paper_examiner
    return CaseMapper(program, bodies(installation.settings), examiner.examine, version, examiner.passing)


def bodies(settings: Settings) -> dict[str, BodyConfig]:
    """Return the issuing bodies by their code, as mappers take them."""
    return {code: BodyConfig(code=code, title=body.title, kinds=body.kinds) for code, body in settings.bodies.items()}


def current_mapper(installation: Installation, source: str) -> Mapper:
    """Return the mapper in force for a source's rows now. Raises `GatewayError` ``mapping.*``."""
    return mappers_in_force(installation).current(source)


def results_in_force(installation: Installation, source: str) -> Callable[[], ResultMapper | None]:
    """Return a lookup of the mapper in force for a source's results; it gives None if the source has no such mapping.

    The lookup raises `GatewayError` ``mapping.*``.
    """

    def row() -> Group:
        return configured_row(installation.settings.sources[source], installation.folder)

    def compiled(version: MappingVersion) -> ResultMapper | None:
        return ResultMapper.of(version.octets, version.label, row(), str(version.number))

    def by_file(_: str) -> ResultMapper | None:
        path, known = results_file(installation.settings, installation.folder, source), installation.result_mappers
        if path is not None and source not in known:
            known[source] = result_mapper(path, row())
        return known.get(source)

    versions = installation.store().versions
    in_force = InForce(versions, installation.clock, compiled, by_file, Subject.RESULTS)
    return lambda: in_force.current(source)


def current_results(installation: Installation, source: str) -> ResultMapper | None:
    """Return the mapper in force for a source's results now. Raises `GatewayError` ``mapping.*``."""
    return results_in_force(installation, source)()


def mapping_drifted(installation: Installation, source: str, mapper: Mapper) -> str | None:
    """Describe the difference between the mapping file on the disk and the mapping in force.

    None if they are equal. None, too, if no file is named and the shipped one has another name. Raises
    `GatewayError` ``mapping.unreadable``.
    """
    path = case_file(installation.settings, installation.folder, source)
    shipped = path in (CASE_MAPPING, BY_HAND_MAPPING) and mapper.name != path.stem
    return _drifted(None if shipped else path, mapper.octets)


def results_drifted(installation: Installation, source: str, mapper: ResultMapper) -> str | None:
    """Describe the difference between the file on the disk and the mapping of results in force.

    None if they are equal or no file is named. Raises `GatewayError` ``mapping.unreadable``.
    """
    return _drifted(results_file(installation.settings, installation.folder, source), mapper.octets)


def _drifted(path: Path | None, in_force: bytes) -> str | None:
    if path is None or (octets := read_mapping(path)) == in_force:
        return None
    return f"{path} has {sha256(octets)[:23]}…"
