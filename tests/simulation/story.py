"""The story of a run: numbered steps with their times, for people."""

from __future__ import annotations

from collections.abc import Iterator

from .invariants.table import INVARIANTS
from .run import Outcome
from .trace import Note
from .world.machine import true_time


def story_of(outcome: Outcome) -> str:
    """Return the story of a run; passes that did nothing are left out."""
    return "\n".join(_lines(outcome)) + "\n"


def _lines(outcome: Outcome) -> Iterator[str]:
    plan = outcome.plan
    yield (
        f"SEED={plan.seed}: {len(plan.notices)} notices, {plan.gateways} gateways, {len(plan.faults)} faults"
        f"{', tickets' if plan.tickets else ''}{', polling' if plan.polls else ''}"
    )
    for violation in outcome.violations:
        yield f"broken: {violation.invariant}. {INVARIANTS[violation.invariant]}"
        yield f"        {violation.detail}"
    for number, note in enumerate(told(outcome.story), start=1):
        yield f"{number:4}. {true_time(note.at):%Y-%m-%d %H:%M:%S}  {note.who:<10.10} {note.what}"


def told(notes: tuple[Note, ...]) -> list[Note]:
    """Return the notes that say more than that a pass begins."""
    return [note for note in notes if not note.what.endswith(" begins")]
