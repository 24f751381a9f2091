"""Mappings as data: a TOML file says how one document becomes another, and is compiled once into closures.

A file is read (`reading`), checked against its kind's source and target (`kinds`), and compiled (`compiler`) into a
`program.Program`. `docs/connect/mappings.md` shows how to write one;
`docs/reference/mapping-reference.md` has every key.
"""

from gateway.mapping.bodies import BodyConfig
from gateway.mapping.refusal import Problem, RowRefused

__all__ = ["BodyConfig", "Problem", "RowRefused"]
