"""What a mapping may be for: each kind has a source, a target, and codes for what does not fit."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.mapping.model.schema import Group

UNKNOWN = "unknown"
"""Stands for the kind's own code for a word that is in no table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The codes of a kind for what no transform or target has a code of its own for."""

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
    """``source`` and ``target`` are open where only a contract or a database knows them. ``areas`` are those of the
    catalogue whose codes a mapping of this kind may refuse with. ``reads_columns``: the source's outermost names are
    the columns of a database, so every one of them must be named. ``writes_columns``: the target's names are columns,
    or fields, of a row that is there already."""

    name: str
    says: str
    source: Group
    target: Group
    codes: Codes
    areas: tuple[str, ...]
    reads_columns: bool = False
    writes_columns: bool = False

    def code_of(self, code: str) -> str:
        """Return what is refused with for a transform's code: one of this kind, since who must act differs."""
        if not code:
            return self.codes.invalid
        if code == UNKNOWN:
            return self.codes.unknown
        if code.split(".")[0] in self.areas:
            return code
        return self.codes.too_long if code == ROW_CODES.too_long else self.codes.invalid
