"""Facts of the switch, a recovery, a rejected input, a version and a person, as acts and verbs tell them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.runtime.clock import timestamp
from gateway.runtime.errors import ErrorScope, GatewayError

if TYPE_CHECKING:
    from adapters.acts.act_message import Facts
    from gateway.people.person import Person
    from gateway.store.ports.evidence_store import EvidenceStore
    from gateway.store.store import Store
    from gateway.store.store_fingerprint import Recovery
    from gateway.store.stored import Quarantined
    from gateway.store.version import Activation, MappingVersion


def switch_facts(store: Store) -> dict[str, Any]:
    """Return the state of the switch; if it was ever used, also the time, the person and the reason (`who_acted`)."""
    last = store.switch()
    if last is None:
        return {"stopped": False}
    who = who_acted(store.evidence, last.evidence_id)
    return {"stopped": last.stopped, "since": timestamp(last.since), **who, "evidence": last.evidence_id}


def who_acted(evidence: EvidenceStore, id: str) -> dict[str, Any]:
    """Return account, authentication and reason of a recorded act; each is None if its text cannot be read."""
    told = text_of_act(evidence, id)
    return {name: told.get(name) for name in ("account", "authentication", "reason")}


def text_of_act(evidence: EvidenceStore, id: str) -> dict[str, Any]:
    """Return the text of a recorded act; empty if it cannot be read.

    Retention may have deleted it, or the segment that holds it cannot be read on this machine.
    """
    try:
        record = evidence.record(id)
        return dict(json.loads(evidence.payload(record.payload_digest))) if record else {}
    except GatewayError as error:
        if error.scope not in (ErrorScope.ROW, ErrorScope.PART):
            raise
        return {}


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


def version_facts(version: MappingVersion) -> Facts:
    return {
        "version": version.label,
        "state": version.state,
        "digest": version.digest,
        "imported_at": timestamp(version.imported_at),
    }


def activation_facts(decision: Activation) -> dict[str, Any]:
    return {
        "source": decision.source,
        "version": decision.label,
        "digest": decision.digest,
        "from": timestamp(decision.begins_at),
        "decided_at": timestamp(decision.decided_at),
        "restores": decision.restores,
    }


def person_facts(person: Person) -> Facts:
    """Return a person as JSON can hold it."""
    return {
        "id": person.id,
        "login": person.login,
        "name": person.name,
        "roles": sorted(person.roles),
        "bodies": sorted(person.bodies),
        "active": person.active,
        "address": person.address,
        "digest": person.digest,
        "revision": person.revision,
        "created_at": timestamp(person.created_at),
        "changed_at": timestamp(person.changed_at),
    }
