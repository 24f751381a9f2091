"""A time that was heard from outside, for tests in which no judiciary answers."""

from __future__ import annotations

from adapters.composition.installation import Installation
from gateway.runtime.clock import system_clock
from gateway.runtime.timekeeping import JUDICIARY


def hear_the_time(installation: Installation) -> None:
    keeper = installation.timekeeper
    keeper.heard(JUDICIARY, system_clock(), keeper.steady())
