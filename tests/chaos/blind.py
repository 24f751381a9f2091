"""The gateway with doubt switched off, for tests of chaos alone: an expired lease goes back to the queue."""

from __future__ import annotations

from adapters.cli.main import run
from gateway.notice.delivery_state import TRANSITIONS, DeliveryEvent, DeliveryState

TRANSITIONS[DeliveryState.SENDING, DeliveryEvent.LEASE_EXPIRY] = DeliveryState.QUEUED

if __name__ == "__main__":
    run()
