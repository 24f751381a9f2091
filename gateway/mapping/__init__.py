"""Rows become notices, notices become messages, and answers become outcomes, by data alone.

`compiler` reads a file, checks it against its kind's source and target (`kinds`), and makes a `program.program.Program`
of it. `model` has the values of all of them, `transforms` the steps of a field. `docs/connect/mappings.md` shows how to
write a file; `docs/reference/mapping-reference.md` has every key.

May import: `runtime`, `notice`, `judiciary`.
"""

from gateway.mapping.model.bodies import BodyConfig
from gateway.mapping.model.refusal import Problem, RowRefused

__all__ = ["BodyConfig", "Problem", "RowRefused"]
