"""What runs have met: transitions, error codes, and pairs of a fault and the port at which it struck."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Coverage:
    """Counters of a run, or of many."""

    transitions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: Coverage) -> None:
        self.transitions += other.transitions
        self.codes += other.codes
        self.faults += other.faults
