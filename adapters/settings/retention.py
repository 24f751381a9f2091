"""Retention in the configuration: classes of payloads, and how long each lives. Without any, nothing is deleted."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from adapters.settings.values import Days, Section
from gateway.evidence import EvidenceKind
from gateway.retention import KEPT, Rule


def _kind(name: str) -> str:
    allowed = [kind.value for kind in EvidenceKind if kind not in KEPT]
    if name not in allowed:
        raise ValueError(f"one of {', '.join(allowed)} is wanted")
    return name


class RetentionClass(Section):
    """``kinds`` of evidence, of some kinds of ``notices`` or of all, whose payloads live for ``payload_days``."""

    kinds: list[Annotated[str, AfterValidator(_kind)]] = Field(min_length=1)
    notices: list[str] = Field(default=[])
    payload_days: Days


class RetentionSection(Section):
    """Of several classes that fit a record, the first one in the file is its own."""

    classes: dict[Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")], RetentionClass] = Field(
        default_factory=dict
    )

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
