"""Kinds of mapping: each has a source, a target, and codes for misfits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.mapping.model.schema import Group

UNKNOWN = "unknown"
"""Placeholder for the kind's own code for a word that is in no table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """Codes of a kind, used if neither transform nor target has a code of its own."""

    missing: str
    invalid: str
    too_long: str
    unknown: str
    budget: str


ROW_CODES = Codes(
    missing="notice.field-missing",
    invalid="notice.field-invalid",
    too_long="notice.field-too-long",
    unknown="notice.unknown-value",
    budget="notice.budget",
)
RESULT_CODES = Codes(
    missing="result.field-missing",
    invalid="result.field-invalid",
    too_long="result.field-too-long",
    unknown="result.unknown-value",
    budget="result.budget",
)
MESSAGE_CODES = Codes(
    missing="mapped.field-missing",
    invalid="mapped.field-invalid",
    too_long="mapped.field-too-long",
    unknown="mapped.unknown-value",
    budget="mapped.budget",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Kind of mapping. ``source`` and ``target`` are open if only a contract or a database defines them.

    ``areas`` are the areas of the catalogue whose codes a mapping of this kind may refuse with.
    ``reads_columns``: the source's outermost names are columns of a database, so each must be named.
    ``writes_columns``: the target's names are columns, or fields, of an existing row.
    ``reads_message``: the source is a message of another party, so its values are texts, numbers and the like.
    ``context`` are the namespaces of the call beside the source, by name: `gateway.mapping.kinds.call_context`.
    """

    name: str
    says: str
    source: Group
    target: Group
    codes: Codes
    areas: tuple[str, ...]
    reads_columns: bool = False
    writes_columns: bool = False
    reads_message: bool = False
    context: Mapping[str, Group] = field(default_factory=dict)

    def code_of(self, code: str) -> str:
        """Return this kind's code for a transform's code: the actor differs by kind."""
        if not code:
            return self.codes.invalid
        if code == UNKNOWN:
            return self.codes.unknown
        if code.split(".")[0] in self.areas:
            return code
        return self.codes.too_long if code == ROW_CODES.too_long else self.codes.invalid
