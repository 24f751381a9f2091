"""Submissions of test notices by a courier, to a sandbox that may go wrong."""

from __future__ import annotations

import pytest

from adapters.sandbox.judiciary.faults import Fault
from gateway.judiciary.courier import (
    Answer,
    SealSlice,
)

from .couriers import Courier, CourierSandbox, Kind

SERVED, NO_ACCOUNT, REFUSED = "9990000001", "9998000001", "9999100001"
NOBODY = "EB-" + "A" * 32


def needs(ability: str) -> pytest.MarkDecorator:
    """Mark a test that needs an ability, one of `Kind.abilities`."""
    return pytest.mark.needs(ability)


def submit(courier: Courier, sandbox: CourierSandbox, seals: list[SealSlice]) -> Answer[object]:
    return courier.transmit(courier.prepare_submission(seals, sandbox.clock())).judge()


def submit_each(courier: Courier, kind: Kind, sandbox: CourierSandbox, seals: list[SealSlice]) -> dict[str, object]:
    """Submit as many in a call as the contract takes; return what became of each."""
    calls = [seals] if "batches" in kind.abilities else [[seal] for seal in seals]
    return {name: reported for each in calls for name, reported in submit(courier, sandbox, each).by_reference.items()}


def wrong(courier: Courier, sandbox: CourierSandbox, fault: Fault) -> tuple[Answer[object], str]:
    """Submit one notice to a judiciary that goes wrong; return the answer and the notice's reference."""
    seals = sandbox.sealed(SERVED)
    sandbox.plan.next = fault
    return submit(courier, sandbox, seals), seals[0].reference


def outcome(courier: Courier, sandbox: CourierSandbox, fault: Fault) -> object:
    answer, reference = wrong(courier, sandbox, fault)
    return answer.by_reference[reference]
