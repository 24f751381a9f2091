"""Facts that a certificate prints beside its fields: they are those of the time of its issue."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.certificate.notice_standing import Standing, standing_of
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.quarantine.quarantine import quarantined
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Quarantined, QuarantineKind
from tests.conformance.builders import at, entry, reference

NONE: Any = SimpleNamespace(about=lambda _: [])


def item(error: GatewayError, kind: QuarantineKind = QuarantineKind.RECEIPT, **of: Any) -> Quarantined:
    return replace(quarantined(sha256(error.code.encode()), kind, "court", error, at(hours=2)), **of)


def quarantine(*items: Quarantined) -> Any:
    return SimpleNamespace(about=lambda references: [each for each in items if each.notice in references])


@pytest.mark.parametrize("state", [DeliveryState.SUBMITTED, DeliveryState.OTHER_CHANNEL])
def test_the_other_channel_counts_from_its_switch_on(state: DeliveryState) -> None:
    present: OutboxEntry = entry(1, state=state, state_since=at(hours=2))
    switched = state is DeliveryState.OTHER_CHANNEL
    assert standing_of(present, NONE, at(hours=2)) == Standing(other_channel=switched)
    assert standing_of(present, NONE, at(hours=1)) == Standing()


@pytest.mark.parametrize("code", ["receipt.contradiction", "verify.unknown-certificate", "setup.memory"])
def test_a_receipt_that_names_the_notice_is_in_quarantine(code: str) -> None:
    of_another = item(GatewayError("receipt.unknown-event"), notice=reference(2))
    one = item(GatewayError(code), notice=reference(1))
    assert standing_of(entry(1), quarantine(of_another, one), at(hours=3)) == Standing(quarantined=True)
    assert standing_of(entry(1), quarantine(of_another), at(hours=3)) == Standing()
    assert standing_of(entry(1), quarantine(one), at(hours=1)) == Standing(), "it came later"
    message = replace(one, kind=QuarantineKind.MESSAGE)
    assert standing_of(entry(1), quarantine(message), at(hours=3)) == Standing()


def test_a_receipt_that_waited_when_the_certificate_was_issued_is_told_of_later_too() -> None:
    early = item(GatewayError("receipt.early", where=reference(1)), notice=reference(1))
    ended = replace(early, ended_at=at(hours=4), ended_as="known", ended_by="seal")
    for each, when, waits in ((early, 3, True), (ended, 3, True), (ended, 5, False)):
        found = standing_of(entry(1), quarantine(each), at(hours=when))
        assert found.quarantined is waits
