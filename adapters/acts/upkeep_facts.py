"""Facts of the switch, of a recovery and of a rejected input, as acts and verbs tell them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.runtime.clock import timestamp

if TYPE_CHECKING:
    from adapters.acts.act_message import Facts
    from gateway.store.store import Store
    from gateway.store.store_fingerprint import Recovery
    from gateway.store.stored import Quarantined


def switch_facts(store: Store) -> dict[str, Any]:
    """Return the state of the switch; if it was ever used, also the time, the person and the reason."""
    last = store.switch()
    if last is None:
        return {"stopped": False}
    record = store.evidence.record(last.evidence_id)
    told = json.loads(store.evidence.payload(record.payload_digest)) if record else {}
    who = {name: told.get(name) for name in ("account", "authentication", "reason")}
    return {"stopped": last.stopped, "since": timestamp(last.since), **who, "evidence": last.evidence_id}


def recovery_facts(found: Recovery) -> Facts:
    return {
        "since": timestamp(found.since),
        "cause": found.cause.value,
        "epoch": found.epoch,
        "evidence": found.evidence_id,
        "ended_at": timestamp(found.ended_at) if found.ended_at else None,
    }


def item_facts(item: Quarantined) -> Facts:
    return {
        "digest": item.payload_digest,
        "code": item.code,
        "kind": item.kind.value,
        "origin": item.origin,
        "detail": item.detail,
        "received_at": timestamp(item.received_at),
        "ended_at": None if item.ended_at is None else timestamp(item.ended_at),
        "ended_as": item.ended_as,
        "ended_by": item.ended_by,
    }
