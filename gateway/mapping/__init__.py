"""Rows become notices, notices become messages, and answers become outcomes, by data alone.

A file is read (`reading`), checked against its kind's source and target (`kinds`), and compiled (`compiler`) into a
`program.Program`. `docs/connect/mappings.md` shows how to write one; `docs/reference/mapping-reference.md` has every
key.

May import: `runtime`, `notice`, `judiciary`.
"""

from gateway.mapping.model.bodies import BodyConfig
from gateway.mapping.model.refusal import Problem, RowRefused

__all__ = ["BodyConfig", "Problem", "RowRefused"]
