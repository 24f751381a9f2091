"""The couriers' conformance suite over the simulated judiciary: it fails as a real one does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.judiciary.message_courier import MessageCourier
from gateway.notice.notice import MAX_DOCUMENT_BYTES

# Each of these tests runs here over the fixtures below.
from tests.conformance.test_courier import *  # noqa: F403
from tests.conformance.test_courier_receipts import *  # noqa: F403

from .judiciary.on_demand import OnDemandJudiciary, cut, make_courier

del test_every_courier_brings_the_same_receipts  # type: ignore[name-defined]  # noqa: F821 - asks the sandbox's port


@dataclass(frozen=True)
class SimulatedKind:
    """As `tests.conformance.couriers.Kind`: it has every ability but a user name."""

    make: Any = make_courier
    path: str = "/simulated"
    texts: dict[str, str] = field(default_factory=dict)
    largest_paper: int = MAX_DOCUMENT_BYTES
    abilities: frozenset[str] = frozenset(
        {"batches", "receipts by page", "accounts", "our receipts", "seals that are not read before"}
    )

    def code(self, ours: str) -> str:
        return ours


@pytest.fixture
def kind() -> SimulatedKind:
    return SimulatedKind()


@pytest.fixture
def sandbox() -> OnDemandJudiciary:
    return OnDemandJudiciary()


@pytest.fixture
def courier(sandbox: OnDemandJudiciary) -> MessageCourier[Any]:
    return sandbox.courier()


@pytest.fixture
def called(sandbox: OnDemandJudiciary) -> Callable[[Callable[[], tuple[int, bytes]]], MessageCourier[Any]]:
    return lambda answer: sandbox.courier(cut(answer))


@pytest.fixture(autouse=True)
def needed(request: pytest.FixtureRequest, kind: SimulatedKind) -> None:
    missing = {mark.args[0] for mark in request.node.iter_markers("needs")} - kind.abilities
    if missing:
        pytest.skip(f"this judiciary has no: {', '.join(sorted(missing))}")
