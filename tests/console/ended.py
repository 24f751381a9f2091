"""A store with the endings that a demonstration lacks, made by the passes themselves over sides in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from adapters.composition.installation import Installation
from gateway.judiciary.courier import NoAccount, Outcome, Pending
from gateway.mapping.model.mapper import Always
from gateway.operations.intervention import EntryChange, intervene, switch_channel, withdraw
from gateway.operations.operator_action import OperatorAction
from tests.console.troubled import BEGAN, Readable, Troubled
from tests.manual_clock import ManualClock
from tests.mappers import case_mapper
from tests.passes.case_table import Cases
from tests.passes.conftest import Passes
from tests.passes.ports import JudiciaryService, accept


def ended(config: Path) -> Troubled:
    """Make these endings in the store of a configuration in which nothing has happened yet."""
    clock = ManualClock(BEGAN)
    installation = replace(Installation.of(config), clock=clock)
    judiciary = JudiciaryService(clock, destination=installation.settings.judiciary.destination)
    passes = Passes(installation.store(), Cases(), judiciary, clock, sealer=Readable())
    passes.mappers = Always(case_mapper(passes.bodies()))
    names = ("withdrawn", "other-channel", "pending", "undeliverable", "by-law", "viewed-alone", "submitted")
    made = {name: entry.reference for name, entry in zip(names, passes.admit(*names), strict=True)}

    def act(reference: str, name: str, change: EntryChange) -> None:
        action = OperatorAction(name=name, account="clerk", reason="نامه ۱۲", at=clock())
        intervene(passes.store, reference, change, action, "city")

    clock.advance(seconds=1)
    act(made["withdrawn"], "queue.withdraw", withdraw)
    outcomes: dict[str, Outcome] = {made["other-channel"]: NoAccount(), made["pending"]: Pending(ticket="t-17")}
    judiciary.outcome = lambda reference: outcomes.get(reference) or accept(reference)
    clock.advance(seconds=1)
    passes.dispatch()
    clock.advance(seconds=1)
    act(made["other-channel"], "queue.other-channel", switch_channel)
    events = {
        "undeliverable": "ContentConsignmentFailure",
        "by-law": "LegalService",
        "viewed-alone": "ContentHandover",
    }
    for name, event in events.items():
        entry = passes.entry(made[name])
        judiciary.issue(event, entry.reference, entry.seal_digest, clock() + timedelta(hours=1))
    clock.advance(hours=2)
    passes.receive()
    return Troubled(installation=installation, passes=passes, notices=made)
