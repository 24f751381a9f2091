"""The gateway with doubt switched off, an expired lease goes back to the queue: for tests of chaos, and nothing else."""

from __future__ import annotations

from adapters.cli.main import run
from gateway.delivery import TRANSITIONS, DeliveryEvent, DeliveryState

TRANSITIONS[DeliveryState.SENDING, DeliveryEvent.LEASE_EXPIRY] = DeliveryState.QUEUED

if __name__ == "__main__":
    run()
