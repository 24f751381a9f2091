"""Answer to a pass that works by a profile: it may continue while this profile is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.composition.judiciary.bound_profile import BoundProfile
from gateway.runtime.may_continue import MayContinue

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

ASKED_EVERY: Final = 1.0
"""Seconds between two questions to the store. A pass asks before each batch, and an idle one did little else."""


@dataclass(slots=True)
class WhileInForce:
    """A `MayContinue` that also returns False within `ASKED_EVERY` after another profile came into force.

    ``asked_at`` is the time of the last question, by the steady clock; the profile was in force then.
    """

    installation: Installation
    judiciary: BoundProfile
    may_continue: MayContinue
    asked_at: float
    _is_in_force: bool = True

    def __call__(self) -> bool:
        if self._is_in_force and (now := self.installation.steady()) - self.asked_at >= ASKED_EVERY:
            self.asked_at, self._is_in_force = now, self.installation.is_in_force(self.judiciary)
        return self._is_in_force and self.may_continue()
