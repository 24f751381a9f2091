"""Counters of what runs have met: transitions, error codes, and pairs of a fault and the port at which it struck."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from .invariants.states import table_of_states
from .plan import LASTING, ODD_RECEIPTS


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


def report(coverage: Coverage) -> str:
    """Return tables of what was met, and the transitions, faults and ports that never were."""
    lines = ["", "transition | times", "--- | ---"]
    for edge in sorted(table_of_states()):
        lines.append(f"{edge[0] or 'admission'} {edge[1]} {edge[2]} | {coverage.transitions[edge] or 'NEVER'}")
    lines += ["", "error code | times", "--- | ---"]
    lines += [f"{code} | {times}" for code, times in sorted(coverage.codes.items())]
    lines += ["", "fault at a port | times", "--- | ---"]
    lines += [f"{kind} at {port} | {times}" for (kind, port), times in sorted(coverage.faults.items())]
    met = {kind for kind, _ in coverage.faults}
    never = sorted((set(LASTING) | {"crash", *ODD_RECEIPTS}) - met)
    lines += ["", f"faults that never struck: {', '.join(never) or 'none'}"]
    return "\n".join(lines)
