"""Health: two answers, live and ready to serve notices, as JSON that names the person who must act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.web.facts import Facts, Reading, endpoints
from gateway.judiciary.endpoint_policy import resting
from gateway.judiciary.endpoint_status import MAINTENANCE, EndpointView
from gateway.overview.service_run import NO_LESS_FIT
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.proof_reach import lapse, stops

STALE = timedelta(seconds=60)
"""Time after which a store that has not answered a reading counts as not answering."""

Findings = Mapping[str, GatewayError | None]


def findings(facts: Facts, reading: Reading, now: datetime) -> Findings:
    """Return the checks by name, with the error that each found. All None means fit."""
    ends = sorted((end, name) for name, end in facts.certificates.items())
    expired = [name for end, name in ends if end <= now]
    # Disagreeing ledgers, a late notice, an absent witness, mail server or telephone service, or wrong rules raise
    # alarms: no process is less fit for it.
    alarms = sorted((name, error) for name, error in facts.alarms.items() if not error.code.startswith(NO_LESS_FIT))
    stopped = reading.switch is not None and reading.switch.stopped
    hangs = reading.waiting_since is not None and now - reading.waiting_since > STALE
    rest = [v for v in endpoints(facts, reading, now) if v.breaker.alarmed and v.state != MAINTENANCE]
    late = GatewayError("store.unavailable", detail="does not answer") if hangs else None
    lapsed = lapse(reading.proof, facts.proof, now) if facts.proof else None
    return {
        "store": reading.error or late or reading.unwritable,
        "listeners": next(iter(facts.silent.values()), None),
        "configuration": facts.refused,
        "switch": GatewayError("service.stopped", where=_since(reading)) if stopped else None,
        "certificates": GatewayError("certificate.expired", where=", ".join(expired)) if expired else None,
        "clock": facts.clock_off,
        # While a person overrides it, notices are served normally; the alarm remains.
        "proof": lapsed if stops(lapsed) else None,
        "machine": facts.exhausted,
        # At once: passes that one process at a time may run are then run by none.
        "duties": facts.without_lock,
        "passes": alarms[0][1] if alarms else None,
        "endpoint": resting(rest[0].breaker) if rest else None,
    }


def ready(facts: Facts, reading: Reading, now: datetime) -> tuple[bool, dict[str, Any]]:
    """Return True if the service is fit, and the answer as JSON can hold it."""
    found = findings(facts, reading, now)
    fit = not facts.ending and not any(found.values())
    return fit, {
        "ready": fit,
        "ending": facts.ending,
        "roles": list(facts.roles),
        "checks": {name: _told(error) for name, error in found.items()},
        "recovery": None
        if reading.recovery is None
        else {
            "since": timestamp(reading.recovery.since),
            "cause": reading.recovery.cause.value,
            "unasked": reading.counts["unasked"],
        },
        "passes": {
            record.name: {
                "alarm": record.name in facts.alarms,
                "failed_in_a_row": record.failed_in_a_row,
                "last_success": timestamp(record.succeeded_at) if record.succeeded_at else None,
                "codes": sorted({error.code for error in record.errors}),
            }
            for record in facts.records
        },
        "endpoints": [_view(view) for view in endpoints(facts, reading, now)],
    }


def _view(view: EndpointView) -> dict[str, Any]:
    return {
        "destination": view.breaker.destination,
        "state": view.state,
        "until": timestamp(view.until) if view.until else None,
        "failures": view.breaker.failures,
        "code": view.breaker.code,
    }


def _told(error: GatewayError | None) -> dict[str, Any]:
    if error is None:
        return {"ok": True}
    entry = error.entry
    return {
        "ok": False,
        "code": error.code,
        "where": error.where,
        "detail": error.detail,
        "meaning": entry.en,
        "who_must_act": entry.actor.value,
        "remedy": entry.remedy,
    }


def _since(reading: Reading) -> str:
    return f"since {timestamp(reading.switch.since)}" if reading.switch else ""
