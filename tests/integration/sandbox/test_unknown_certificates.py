"""A sandbox that does not know a certificate of ours: nothing ends by it, and everything goes on once it knows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.sandbox.judiciary.config import SandboxConfig
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.circuit_breaker import Permit

from .test_fault_stories import SOON, Story, Tell
from .test_fault_stories import tell as tell  # a fixture

NOTICES = 15


@pytest.fixture(params=["seal", "message"])
def config(request: pytest.FixtureRequest, config: SandboxConfig, pki: Path) -> SandboxConfig:
    """The judiciary registered another certificate than the one that is used."""
    ours = pki / "municipality"
    if request.param == "seal":
        return replace(config, partner_seals={"article-100": ours / "transport.crt.pem"})
    return replace(config, partner_certificates=[ours / "seal-article-100.crt.pem"])


def admit(story: Story) -> None:
    for number in range(NOTICES):
        story.passes.cases.put(f"N-{number}", recipient_id=SOON)
    story.passes.collect(page_rows=NOTICES)


@pytest.mark.parametrize("protocol", ["soap", "rest"])
def test_a_certificate_that_the_judiciary_does_not_know_ends_no_notice(
    tell: Tell, config: SandboxConfig, protocol: str, request: pytest.FixtureRequest
) -> None:
    story = tell(protocol=protocol)
    admit(story)
    alarms = [alarm for _ in range(4) for alarm in story.passes.dispatch(batch=5).alarms]
    of_seal = "seal" in request.node.callspec.id
    assert [(alarm.code, alarm.where) for alarm in alarms] == [
        ("seal.not-accepted", "judiciary/article-100") if of_seal else ("courier.credentials", "judiciary")
    ]
    assert set(story.states()) <= {DeliveryState.QUEUED, DeliveryState.IN_DOUBT}
    assert story.passes.store.endpoints.breaker(alarms[0].where).permit(story.clock()) is Permit.OPEN
    if of_seal:
        assert set(story.states()) == {DeliveryState.QUEUED}
    else:
        assert story.ledger() == {}
