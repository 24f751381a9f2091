"""A sandbox that goes wrong on demand: each fault looks as it should from outside, and is known inside."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from adapters.sandbox.judiciary.config import SandboxConfig
from adapters.sandbox.judiciary.fault_injection import NOBODY
from adapters.sandbox.judiciary.faults import MEANING, Fault, FaultConfig, FaultPlan, Window
from adapters.sandbox.judiciary.ledger import faults, ledger, refused
from adapters.shipped.resources import ROOT
from gateway.trust.trust_policy import Rejection
from tests.manual_clock import ManualClock

from .conftest import Sandbox
from .municipality import Municipality, notice

SOON = "9990000001"
HOLD = timedelta(seconds=1)
LATER = timedelta(seconds=5)
"""Long enough for a slow machine to look before."""

Hostile = Callable[..., Municipality]


@pytest.fixture
def hostile(pki: Path, config: SandboxConfig, clock: ManualClock) -> Iterator[Hostile]:
    """Start a sandbox with faults and return who calls it."""
    opened: list[tuple[Municipality, Sandbox]] = []

    def start(operation: str, *script: Fault, **more: object) -> Municipality:
        planned = {(operation, number): fault for number, fault in enumerate(script, start=1)}
        usual = {"hold": HOLD, "late": timedelta(seconds=0.2)}
        plan = FaultConfig(script=planned, **(usual | more))  # type: ignore[arg-type]
        running = Sandbox(replace(config, faults=plan), clock)
        running.start()
        caller = Municipality(pki, running.address, clock)
        opened.append((caller, running))
        return caller

    yield start
    for caller, running in opened:
        caller.close()
        running.end()


def came(config: SandboxConfig, clock: ManualClock) -> int:
    return sum(line["submissions"] for line in ledger(config.ledger, clock))


def submit(caller: Municipality) -> requests.Response:
    seals = caller.sealed(notice(SOON))
    wire, addressing = caller.signed(caller.submission(seals), seals)
    return caller.post(wire, SOAPAction=f'"{addressing.action}"')


@pytest.mark.parametrize(
    ("fault", "processed"),
    [(Fault.RESET_BEFORE, 0), (Fault.AWAY, 0), (Fault.RESET_AFTER, 1), (Fault.ANSWER_LOST, 1), (Fault.TRUNCATED, 1)],
)
def test_a_connection_breaks(
    hostile: Hostile, config: SandboxConfig, clock: ManualClock, fault: Fault, processed: int
) -> None:
    caller = hostile("SubmitNotices", fault)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        submit(caller)
    assert came(config, clock) == processed
    assert faults(config.ledger) == {fault: 1}


@pytest.mark.long
def test_while_away_connections_are_refused_and_then_taken_again(hostile: Hostile) -> None:
    caller = hostile("SubmitNotices", Fault.AWAY, away=LATER)
    with pytest.raises(requests.ConnectionError):
        submit(caller)
    refused = 0
    while True:
        try:
            assert submit(caller).status_code == 200
            break
        except requests.ConnectionError as error:
            refused += "refused" in str(error)
    assert refused


@pytest.mark.long
def test_a_request_is_processed_after_its_connection_broke(
    hostile: Hostile, config: SandboxConfig, clock: ManualClock
) -> None:
    caller = hostile("SubmitNotices", Fault.PROCESSED_LATE, late=LATER)
    with pytest.raises(requests.ConnectionError):
        submit(caller)
    assert came(config, clock) == 0
    assert submit(caller).status_code == 200  # others go on meanwhile, each with a message of its own
    while came(config, clock) < 2:
        time.sleep(0.01)


def test_a_request_whose_time_is_over_is_not_processed_late(
    hostile: Hostile, config: SandboxConfig, clock: ManualClock
) -> None:
    """The settling time rests on this: after Expires and the skew, nothing is done any more."""
    caller = hostile("SubmitNotices", Fault.PROCESSED_LATE)
    with pytest.raises(requests.ConnectionError):
        submit(caller)
    clock.advance(minutes=6, seconds=1)
    while not (found := refused(config.ledger)):
        time.sleep(0.01)
    assert [one["code"] for one in found] == ["verify.stale"]
    assert came(config, clock) == 0


@pytest.mark.parametrize(
    ("fault", "status", "processed"),
    [(Fault.HTTP_429, 429, 0), (Fault.HTTP_500, 500, 0), (Fault.HTTP_503, 503, 0), (Fault.HTTP_502, 502, 1)],
)
def test_something_in_between_answers_with_a_page(
    hostile: Hostile, config: SandboxConfig, clock: ManualClock, fault: Fault, status: int, processed: int
) -> None:
    answer = submit(hostile("SubmitNotices", fault))
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html")
    assert ("Retry-After" in answer.headers) == (status in (429, 503))
    assert came(config, clock) == processed


@pytest.mark.parametrize("fault", [Fault.WRONG_SIGNATURE, Fault.NO_SIGNATURE, Fault.UNSIGNED_FAULT, Fault.MALFORMED])
def test_a_processed_request_has_an_answer_that_nobody_can_believe(
    hostile: Hostile, config: SandboxConfig, clock: ManualClock, fault: Fault
) -> None:
    caller = hostile("SubmitNotices", fault)
    seals = caller.sealed(notice(SOON))
    with pytest.raises(Rejection) as refused:
        caller.submit(seals)
    expected = {Fault.WRONG_SIGNATURE: "verify.signature", Fault.MALFORMED: "verify.malformed"}
    assert refused.value.code == expected.get(fault, "verify.unsigned")
    assert came(config, clock) == 1


@pytest.mark.long
@pytest.mark.parametrize("fault", [Fault.ANSWER_LATE, Fault.DRIP])
def test_an_answer_comes_after_the_time_out(
    hostile: Hostile, config: SandboxConfig, clock: ManualClock, fault: Fault
) -> None:
    caller = hostile("SubmitNotices", fault)
    assert submit(caller).elapsed < timedelta(seconds=60)
    assert came(config, clock) == 1
    answer = submit(caller)
    assert answer.status_code == 200


def test_busy_is_a_signed_fault_and_nothing_is_processed(
    hostile: Hostile, config: SandboxConfig, clock: ManualClock
) -> None:
    caller = hostile("SubmitNotices", Fault.BUSY)
    reply = caller.submit(caller.sealed(notice(SOON)))
    assert (reply.status, reply.code) == (500, "busy")
    assert came(config, clock) == 0


def test_results_are_missing_or_in_another_order(hostile: Hostile) -> None:
    caller = hostile("SubmitNotices", Fault.RESULT_MISSING, Fault.RESULTS_REORDERED)
    seals = caller.sealed(*(notice(SOON, number) for number in (1, 2, 3)))
    references = [seal.reference for seal in seals]
    assert [result["Reference"] for result in caller.submit(seals).results()] == references[1:]
    assert [result["Reference"] for result in caller.submit(seals).results()] == references[::-1]


@pytest.mark.parametrize("fault", [f for f in Fault if f.value.startswith("receipt")])
@pytest.mark.exhaustive(keep=3)
def test_receipts_are_wrong_and_well_signed(hostile: Hostile, clock: ManualClock, fault: Fault) -> None:
    caller = hostile("FetchReceipts", Fault.RECEIPTS_REORDERED, fault)
    seals = caller.sealed(*(notice(SOON, number) for number in (1, 2)))
    caller.submit(seals)
    clock.advance(days=1)
    backwards = [caller.judge(octets)["ReceiptId"] for octets in caller.fetch().receipts()]
    wrong = [caller.judge(octets) for octets in caller.fetch("1" if fault is Fault.RECEIPT_REPEATED else "").receipts()]
    right = [caller.judge(octets) for octets in caller.fetch().receipts()]
    ids, added = [claims["ReceiptId"] for claims in right], wrong[len(right) :]
    match fault:
        case Fault.RECEIPTS_REORDERED:
            assert backwards == [claims["ReceiptId"] for claims in wrong] == ids[::-1]
        case Fault.RECEIPTS_LATE:
            assert wrong == []
            assert ids == backwards[::-1]
        case Fault.RECEIPT_REPEATED:
            assert wrong == [*right[1:], right[0]]
        case Fault.RECEIPT_CONTRADICTS:
            assert added[0]["EventTime"] < right[0]["EventTime"]
            assert added[0]["ReceiptId"] not in ids
        case Fault.RECEIPT_OF_NOBODY:
            assert added[0]["Reference"] == NOBODY
        case _:
            assert added[0]["Reference"] == right[0]["Reference"]
            assert added[0]["SealDigest"] != right[0]["SealDigest"]


def test_a_wrong_clock_is_wrong_in_both_directions(hostile: Hostile, clock: ManualClock) -> None:
    caller = hostile("SubmitNotices", clock_offset=timedelta(minutes=10))
    reply = caller.submit(caller.sealed(notice(SOON)))
    assert reply.code in ("verify.expired", "verify.stale")
    created = reply.facts.signed_at
    assert created is not None
    assert created - clock() == timedelta(minutes=10)


def test_a_plan_deals_the_same_faults_again(config: SandboxConfig) -> None:
    def dealt(seed: int) -> list[Fault | None]:
        plan = FaultPlan(FaultConfig(seed=seed, rate=0.2))
        return [plan.deal("SubmitNotices", timedelta()) for _ in range(1000)]

    assert dealt(7) == dealt(7) != dealt(8)
    share = sum(fault is not None for fault in dealt(7)) / 1000
    assert 0.15 < share < 0.25
    assert not any(fault.value.startswith("receipt") for fault in dealt(7) if fault)


def test_a_window_of_maintenance_goes_before_everything() -> None:
    window = Window(after=timedelta(minutes=1), period=timedelta(minutes=5), fault=Fault.HTTP_503)
    plan = FaultPlan(FaultConfig(windows=[window], script={("SubmitNotices", 2): Fault.BUSY}))
    moments = [timedelta(minutes=m) for m in (0, 1, 5.9, 6)]
    assert [plan.deal("SubmitNotices", m) for m in moments] == [None, Fault.HTTP_503, Fault.HTTP_503, None]


def test_every_fault_says_what_it_means_here_and_in_the_page() -> None:
    assert MEANING.keys() == set(Fault)
    page = (ROOT / "docs/start/sandbox.md").read_text(encoding="utf-8")
    assert all(f"| `{fault.value}` | {meaning} |\n" in page for fault, meaning in MEANING.items())
