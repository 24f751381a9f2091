"""A damaged configuration concerns a notice only if it may have been in force in its life."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.evidence.readable_records import readable_records
from gateway.notice.delivery_state import DeliveryState
from gateway.record.evidence_record import EvidenceKind, evidence_record
from gateway.store.stored import EvidenceRow
from tests.conformance.builders import admission, entry

BEGUN = datetime(2026, 2, 3, tzinfo=UTC)
ENDED_AT = 20
"""Hours from the seal to the last receipt."""


def row(id: str, hour: int, kind: EvidenceKind) -> EvidenceRow:
    at = BEGUN + timedelta(hours=hour)
    record = evidence_record(
        id=id,
        kind=kind,
        notice=None,
        origin="city",
        destination="court",
        event_time=at,
        recorded_at=at,
        payload_digest=f"sha256:{'0' * 64}",
    )
    return EvidenceRow(id=id, kind=kind, notice=None, header=record.header, payload_digest=record.payload_digest)


OWN = [row("seal", 0, EvidenceKind.SEALED_NOTICE), row("receipt", ENDED_AT, EvidenceKind.RECEIPT)]
HOURS = (-20, -10, 10, 30)
"""Hours of the recorded configurations: the second is in force as the notice begins, the last one after its end."""


@pytest.mark.parametrize(
    ("broken", "state", "concerns"),
    [
        (0, DeliveryState.VIEWED, False),
        (1, DeliveryState.VIEWED, True),
        (2, DeliveryState.VIEWED, True),
        (3, DeliveryState.VIEWED, True),  # it is of any time after the third one
        (3, DeliveryState.DELIVERED, True),
    ],
)
def test_a_damaged_configuration(broken: int, state: DeliveryState, *, concerns: bool) -> None:
    changes = [row(f"configuration-{hour}", hour, EvidenceKind.CONFIGURATION_CHANGED) for hour in HOURS]
    changes[broken] = replace(changes[broken], header=b"{}")
    found = readable_records(admission(entry(state=state)), OWN, changes)
    assert ([each.id for each in found.damaged] == [changes[broken].id]) == concerns
    assert [each.id for each in found.own] == ["seal", "receipt"]


def test_one_behind_a_later_one_is_of_no_notice_that_ended_before() -> None:
    changes = [row(f"configuration-{hour}", hour, EvidenceKind.CONFIGURATION_CHANGED) for hour in (-10, 30, 40)]
    changes[2] = replace(changes[2], header=b"{}")
    assert not readable_records(admission(entry(state=DeliveryState.VIEWED)), OWN, changes).damaged
    assert readable_records(admission(entry(state=DeliveryState.DELIVERED)), OWN, changes).damaged
