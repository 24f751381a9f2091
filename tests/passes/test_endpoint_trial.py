"""A person tries the endpoint: the answer and its time are on record, and sending goes on as before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateway.judiciary.courier import CallFailed
from gateway.judiciary.endpoint_policy import USUAL, EndpointPolicy
from gateway.judiciary.maintenance_window import Once
from gateway.runtime.circuit_breaker import Permit
from gateway.runtime.errors import GatewayError
from gateway.sending.endpoint_trial import Trial, try_endpoint

from .conftest import Passes
from .test_endpoint_policy import Occupied, rest


def tried(passes: Passes, policy: EndpointPolicy = USUAL) -> Trial:
    times: Iterator[float] = iter((5.0, 5.25))
    return try_endpoint(
        passes.store, passes.judiciary, policy, lambda: next(times), passes.act("endpoint.test"), "city"
    )


def recorded(passes: Passes, trial: Trial) -> dict[str, str]:
    record = passes.store.evidence.record(trial.evidence_id)
    assert record is not None
    told: dict[str, str] = json.loads(passes.store.evidence.payload(record.payload_digest))
    return told


def test_an_answer_is_recorded_with_its_time(passes: Passes) -> None:
    trial = tried(passes)
    assert (trial.refusal, trial.took) == (None, timedelta(milliseconds=250))
    told = recorded(passes, trial)
    assert (told["outcome"], told["milliseconds"], told["subject"]) == ("answered", "250", "endpoint court")


def test_a_failure_is_recorded_with_its_code_and_opens_no_breaker(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(kind: str, identifier: str) -> bool:
        raise CallFailed("courier.no-answer")

    monkeypatch.setattr(passes.judiciary, "has_account", fails)
    for _ in range(5):
        passes.clock.advance(seconds=1)
        trial = tried(passes)
    assert trial.refusal is not None
    assert (recorded(passes, trial)["outcome"], recorded(passes, trial)["code"]) == ("failed", "courier.no-answer")
    assert passes.store.endpoints.breaker("court").permit(passes.clock.now) is Permit.CLOSED


def test_an_open_breaker_is_no_hindrance_and_stays_open(passes: Passes) -> None:
    passes.admit("1")
    rest(passes)
    before = passes.store.endpoints.breaker("court")
    assert tried(passes).refusal is None
    assert passes.store.endpoints.breaker("court") == before


def test_in_maintenance_nobody_calls(passes: Passes) -> None:
    now = passes.clock.now
    window = Once(begins=now - timedelta(hours=1), ends=now + timedelta(hours=1))
    with pytest.raises(GatewayError, match=r"endpoint\.maintenance"):
        tried(passes, EndpointPolicy(maintenance=[window]))


def test_no_more_calls_than_allowed_at_a_time(passes: Passes) -> None:
    with pytest.raises(GatewayError, match=r"endpoint\.calls"):
        tried(passes, EndpointPolicy(calls=Occupied()))
