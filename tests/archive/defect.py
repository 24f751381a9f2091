"""A defect of an archive, and the check that must find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.audit.audit_recipe import Check

from .spoiled import Spoiled

Spoil = Callable[[Spoiled], None]


@dataclass(frozen=True)
class Defect:
    """``check`` fails and ``says`` so; the checks in ``also`` fail too, and no others.

    ``kept`` is true if the auditor needs his own checkpoint to find it.
    """

    spoil: Spoil
    check: Check
    says: str
    also: frozenset[Check]
    kept: bool

    @property
    def name(self) -> str:
        return self.spoil.__name__


class Battery(list[Defect]):
    """Defects of one file, in its order."""

    def defect(self, check: Check, says: str, *also: Check, kept: bool = False) -> Callable[[Spoil], Spoil]:
        """Register the decorated function as a defect."""

        def add(spoil: Spoil) -> Spoil:
            self.append(Defect(spoil=spoil, check=check, says=says, also=frozenset(also), kept=kept))
            return spoil

        return add
