"""A plan as a file: regressions keep the smallest plans that once broke an invariant."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

from .plan import Fault, Plan, PlannedNotice

REGRESSIONS: Final = Path(__file__).with_name("regressions")


def dump(plan: Plan, why: str) -> str:
    """Return the text of a file; ``why`` tells what the plan found."""
    return json.dumps({"why": why, **asdict(plan)}, indent=1, ensure_ascii=False) + "\n"


def load(text: str) -> Plan:
    told = json.loads(text)
    del told["why"]
    return Plan(
        **{
            **told,
            "notices": tuple(PlannedNotice(**each) for each in told["notices"]),
            "faults": tuple(Fault(**each) for each in told["faults"]),
            "drifts": tuple(told["drifts"]),
            "offsets": tuple(told["offsets"]),
        }
    )


def regressions() -> list[Path]:
    """Return the files of all regressions."""
    return sorted(REGRESSIONS.glob("*.json"))
