"""Retention in the configuration: classes of payloads, and the life of each. Without any, nothing is deleted."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import combinations
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from adapters.settings.values import Days, Section
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import KEPT, Rule

_OF_SEVERAL = {
    EvidenceKind.MESSAGE_SENT.value,
    EvidenceKind.MESSAGE_RECEIVED.value,
    EvidenceKind.ASSET_LOOKUP.value,
}

KIND: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""Form of a kind of notice: ``Code`` of `schemas/notice/notice-1.xsd`."""


def _kind(name: str) -> str:
    allowed = [kind.value for kind in EvidenceKind if kind not in KEPT]
    if name not in allowed:
        raise ValueError(f"one of {', '.join(allowed)} is wanted")
    return name


class RetentionClass(Section):
    """Class of payloads that live for ``payload_days``: of these ``kinds`` of evidence, of some kinds of ``notices`` or
    of all.
    """

    kinds: list[Annotated[str, AfterValidator(_kind)]] = Field(min_length=1)
    notices: list[str] = Field(default=[])
    payload_days: Days

    @model_validator(mode="after")
    def _some_records_are_of_several_notices(self) -> RetentionClass:
        if self.notices and (messages := sorted(set(self.kinds) & _OF_SEVERAL)):
            raise ValueError(f"notices says nothing of {', '.join(messages)}, which may carry several")
        return self

    def of_no_body(self, issued: Collection[str]) -> list[str]:
        """Return the kinds of notice that no body issues; papers of them may still be kept by this class."""
        return sorted({*self.notices} - {*issued})

    def covers(self, other: RetentionClass) -> bool:
        """Return True if ``other``, standing behind this class, never fits a record."""
        notices = not self.notices or (bool(other.notices) and set(other.notices) <= set(self.notices))
        return notices and set(other.kinds) <= set(self.kinds)


class RetentionSection(Section):
    """Retention classes. If several fit a record, the first one in the file applies."""

    classes: dict[Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")], RetentionClass] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _each_class_has_something_left(self) -> RetentionSection:
        for (before, first), (name, second) in combinations(self.classes.items(), 2):
            if first.covers(second):
                raise ValueError(f"classes.{name} never fits: {before}, which stands before it, fits all of it")
        return self

    @property
    def rules(self) -> list[Rule]:
        return [
            Rule(
                name=name,
                kinds=frozenset(map(EvidenceKind, section.kinds)),
                notices=frozenset(section.notices),
                life=section.payload_days,
            )
            for name, section in self.classes.items()
        ]
