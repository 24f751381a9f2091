"""The shipped mapper of case rows, for the bodies of a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.shipped.resources import CASE_MAPPING
from gateway.mapping import BodyConfig
from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.compiler.compiler import compile_mapping

PROGRAM = compile_mapping(CASE_MAPPING.read_bytes(), CASE_MAPPING.name)


def unexamined(_octets: bytes) -> None:
    """Let every paper pass: for tests of what a row says, not of what its paper holds."""


def case_mapper(bodies: Mapping[str, BodyConfig], examine: Callable[[bytes], None] = unexamined) -> CaseMapper:
    return CaseMapper(PROGRAM, bodies, examine)
