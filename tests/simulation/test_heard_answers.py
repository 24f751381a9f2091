"""Answers that invariants judge by: those that a sender heard, whatever was said to another copy of its message."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from adapters.http.client import HttpAnswer
from gateway.judiciary.courier import CallFailed

from .judiciary.network import Network
from .judiciary.on_demand import OnDemandJudiciary
from .judiciary.signed import TRANSPORT, opened, signed, written
from .scheduler import Scheduler


@pytest.mark.parametrize(
    ("first_is_busy", "lost", "heard"),
    [
        pytest.param(False, 1, [], id="the acceptance is lost, and the refusal of a copy is heard"),
        pytest.param(True, 1, ["ACCEPTED"], id="a refusal is lost, and the acceptance is heard"),
        pytest.param(True, 0, [], id="a refusal is heard first"),
        pytest.param(False, 0, ["ACCEPTED"], id="the acceptance is heard first"),
    ],
)
def test_of_two_copies_the_answer_counts_that_was_heard(first_is_busy: bool, lost: int, heard: list[str]) -> None:
    judiciary, scheduler = OnDemandJudiciary(), Scheduler(Random("order"))
    strikes = {"drop-answer": lost, "busy": int(first_is_busy)}

    def strike(kind: str) -> bool:
        strikes[kind] = strikes.get(kind, 0) - 1
        return strikes[kind] >= 0

    network = Network(scheduler, judiciary.service, Random("network"), strike)
    network.signed["m-1"] = 0.0, 0.0
    [seal] = judiciary.sealed("0012345679")
    now = judiciary.clock()
    told = {"id": "m-1", "op": "SubmitNotices", "at": written(now), "expires": written(now + timedelta(minutes=5))}
    message = signed(TRANSPORT, {**told, "content": {"references": [seal.reference]}}, [seal.octets])
    answers: list[HttpAnswer] = []

    def send_until_heard() -> None:
        while not answers:
            try:
                answers.append(network.post(message))
            except CallFailed:
                assert network.answers == {}

    scheduler.spawn("sender", send_until_heard)
    scheduler.run(1000)
    statuses = [each["status"] for each in opened(answers[0].body)[1].get("results", ())]
    assert statuses == heard
    assert list(network.answers["m-1"].values()) == heard
