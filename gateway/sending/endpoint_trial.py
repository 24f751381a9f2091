"""Trial of the judiciary's endpoint by a person: one real question about nobody, the whole way there and back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from gateway.judiciary.courier import PROBE_IDENTIFIER, Courier
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.judiciary.maintenance_window import end_of
from gateway.operations.operator_action import OperatorAction
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.timekeeping import Steady
from gateway.store.store import Store
from gateway.store.stored import Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Result of a trial: ``refusal`` is None if an answer came that counts; ``took`` is the time until then."""

    refusal: GatewayError | None
    took: timedelta
    evidence_id: str


def try_endpoint(
    store: Store, courier: Courier, policy: EndpointPolicy, steady: Steady, act: OperatorAction, origin: str
) -> Trial:
    """Ask about a person who does not exist, and record the result.

    The question changes nothing at the judiciary. It is asked while the circuit breaker is open, too, and neither opens
    nor closes it. Raises `GatewayError` ``endpoint.maintenance``, ``endpoint.calls``; ``store.*`` if the trial cannot
    be recorded.
    """
    if (until := end_of(policy.maintenance, act.at)) is not None:
        raise GatewayError("endpoint.maintenance", where=courier.destination, detail=f"until {timestamp(until)}")
    try:
        with policy.calls.take() as free:
            if not free:
                raise GatewayError("endpoint.calls", where=courier.destination)
            began, refusal = steady(), _refusal(courier)
            took = timedelta(seconds=steady() - began)
    finally:
        policy.calls.rest()
    about = {"milliseconds": str(round(took / timedelta(milliseconds=1)))} | ({"code": refusal.code} if refusal else {})
    outcome = "answered" if refusal is None else "failed"
    record, payload = act.record(f"endpoint {courier.destination}", origin=origin, outcome=outcome, **about)
    store.commit(Changes(evidence=[record], payloads=[payload]))
    return Trial(refusal=refusal, took=took, evidence_id=record.id)


def _refusal(courier: Courier) -> GatewayError | None:
    try:
        courier.has_account("NATURAL", PROBE_IDENTIFIER)
    except GatewayError as error:
        if error.scope is ErrorScope.SYSTEM:
            raise
        return error
    return None
