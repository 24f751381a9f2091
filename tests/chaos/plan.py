"""Faults and their times, derived from a seed: the same seed makes the same plan."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

PROCESSES = 4
RATE = 0.2
"""Share of all calls to the judiciary that go wrong."""

SECONDS_FOR_A_KILL = 5.5
"""Seconds of trouble for each kill: a process that was started needs about three until it works."""

MOST_KILLS = 50


class Disturbance(StrEnum):
    """Faults of the gateway's own side."""

    KILL = "SIGKILL to a process"
    RESTART = "fast restart of PostgreSQL"
    CRASH = "SIGKILL to PostgreSQL"
    FAILOVER = "fail-over to the standby"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """``at`` counts seconds from the beginning of trouble. ``process`` says which one is killed (`Gateways.kill`);
    ``pause`` is how long until another takes its place, or until a database is started again."""

    at: float
    disturbance: StrEnum
    process: int = 0
    pause: float = 0.0

    def __str__(self) -> str:
        which = f" {self.process}" if self.disturbance is Disturbance.KILL else ""
        return f"{self.at:6.1f} s  {self.disturbance}{which}, {self.pause:.1f} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``trouble`` is how many seconds trouble lasts; the sandbox's faults follow from ``seed`` too."""

    seed: int
    notices: int
    trouble: float
    events: tuple[Event, ...]

    @classmethod
    def of(cls, seed: int, notices: int, trouble: float) -> Plan:
        """Spread the disturbances over the time of trouble, each somewhere in a stretch of its own.

        There is one fail-over, since there is one standby.
        """
        dice = random.Random(seed)
        kills = max(2, min(MOST_KILLS, int(trouble / SECONDS_FOR_A_KILL)))
        restarts = max(2, int(trouble / 60))
        events = [
            Event(at=at, disturbance=Disturbance.KILL, process=dice.randrange(PROCESSES), pause=dice.uniform(0, 1))
            for at in spread(dice, kills, trouble)
        ]
        # Both kinds, whatever the dice say.
        events += [
            Event(at=at, disturbance=(Disturbance.RESTART, Disturbance.CRASH)[number % 2], pause=dice.uniform(0, 2))
            for number, at in enumerate(spread(dice, restarts, trouble))
        ]
        events.append(Event(at=dice.uniform(0.3, 0.8) * trouble, disturbance=Disturbance.FAILOVER))
        return cls(seed=seed, notices=notices, trouble=trouble, events=tuple(sorted(events, key=lambda e: e.at)))

    def count(self, *disturbances: StrEnum) -> int:
        counts = Counter(event.disturbance for event in self.events)
        return sum(counts[disturbance] for disturbance in disturbances)


def spread(dice: random.Random, number: int, seconds: float) -> list[float]:
    """Return ``number`` moments of ``seconds``, each somewhere in a stretch of its own."""
    return [(stretch + dice.random()) * seconds / number for stretch in range(number)]
