"""Receipts that the sandbox brings to a callback: again and again, until a signed answer names them as stored."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.sandbox.judiciary.config import RpcConfig, SandboxConfig
from adapters.sandbox.judiciary.faults import PUSH_RECEIPTS, Fault, FaultConfig
from adapters.sandbox.judiciary.ledger import faults
from adapters.sandbox.judiciary.push_plan import BACKOFF, PushPlan
from adapters.sandbox.sandbox_server import serve
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from tests.manual_clock import ManualClock

from .conftest import Sandbox
from .municipality import Municipality, notice
from .rpc_caller import KNOWN, Receiver, RpcCaller, receiving

SOON = "9990000001"
QUICK = (timedelta(milliseconds=20),)
PATIENT = timedelta(minutes=10)
"""A push that is given up goes again."""


@pytest.fixture
def receiver(pki: Path, clock: ManualClock) -> Iterator[Receiver]:
    with receiving(Receiver(pki, clock)) as serving:
        yield serving


@pytest.fixture
def config(config: SandboxConfig, receiver: Receiver, request: pytest.FixtureRequest) -> SandboxConfig:
    plan = PushPlan(url=receiver.url, most=3, look=timedelta(milliseconds=10), backoff=QUICK, timeout=PATIENT)
    made = replace(config, rpc=RpcConfig(credentials=KNOWN, push=plan))
    fault = getattr(request, "param", None)
    return replace(made, faults=FaultConfig(script={(PUSH_RECEIPTS, 1): fault})) if fault else made


@pytest.fixture
def caller(pki: Path, sandbox: Sandbox, clock: ManualClock) -> Iterator[RpcCaller]:
    made = RpcCaller(pki, sandbox.address + "-rpc", clock)
    yield made
    made.session.close()


def confirmed(config: SandboxConfig) -> int:
    with closing(sqlite3.connect(config.ledger)) as connection:
        [count] = connection.execute("SELECT count(*) FROM receipt WHERE confirmed_at IS NOT NULL").fetchone()
        return int(count)


def until(condition: Callable[[], bool]) -> None:
    """Look often; a test that never sees it is ended by the watch over the suite."""
    while not condition():
        time.sleep(0.01)


def served(caller: RpcCaller, municipality: Municipality, clock: ManualClock, notices: int = 1) -> list[str]:
    seals = municipality.sealed(*(notice(SOON, number) for number in range(1, notices + 1)))
    for seal in seals:
        assert caller.register(seal).said("CodeVaziat") == ["100"]
    clock.advance(days=4)
    return [seal.reference for seal in seals]


def test_receipts_are_brought_several_in_a_call_and_marked(
    caller: RpcCaller, municipality: Municipality, clock: ManualClock, receiver: Receiver, config: SandboxConfig
) -> None:
    references = served(caller, municipality, clock, notices=4)
    until(lambda: confirmed(config) == 8)
    assert max(len(call) for call in receiver.calls) == 3
    assert sorted(receiver.events()) == sorted(
        (reference, event) for reference in references for event in ("ContentConsignment", "ContentHandover")
    )
    assert sum(len(call) for call in receiver.calls) == 8, "what is stored goes no more"


def test_a_notice_of_another_contract_is_not_brought(
    caller: RpcCaller, municipality: Municipality, clock: ManualClock, receiver: Receiver, config: SandboxConfig
) -> None:
    municipality.submit(municipality.sealed(notice(SOON, 9)))
    [reference] = served(caller, municipality, clock)
    until(lambda: confirmed(config) == 2)
    assert {reported for reported, _ in receiver.events()} == {reference}
    assert len(municipality.fetch().receipts()) == 2


@pytest.mark.parametrize("trouble", [503, 404, "changed", "another's answer"])
def test_what_no_believed_answer_names_goes_again(
    caller: RpcCaller,
    municipality: Municipality,
    clock: ManualClock,
    receiver: Receiver,
    config: SandboxConfig,
    trouble: object,
) -> None:
    receiver.does = lambda call: trouble if call <= 2 else None
    served(caller, municipality, clock)
    receiver.wait(lambda r: len(r.calls) >= 2)
    assert confirmed(config) in (0, 2)
    until(lambda: confirmed(config) == 2)
    assert len(receiver.calls) >= 3
    assert receiver.calls[0][0] == receiver.calls[1][0] == receiver.calls[2][0], "the same octets, again"


def test_what_is_refused_goes_again_and_keeps_nothing_else_waiting(
    caller: RpcCaller, municipality: Municipality, clock: ManualClock, receiver: Receiver, config: SandboxConfig
) -> None:
    refused: set[str] = set()

    def does(_call: int) -> set[str]:
        refused.update(receiver.calls[0][:1])
        return refused

    receiver.does = does
    served(caller, municipality, clock, notices=3)
    until(lambda: confirmed(config) == 5)
    receiver.wait(lambda r: sum(call.count(next(iter(refused))) for call in r.calls) >= 3)
    receiver.does = lambda _call: None
    until(lambda: confirmed(config) == 6)


@pytest.mark.parametrize("config", [Fault.RECEIPT_CONTRADICTS, Fault.RECEIPT_OF_NOBODY], indirect=True)
def test_what_shall_be_wrong_with_receipts_is_wrong_with_brought_ones(
    caller: RpcCaller, municipality: Municipality, clock: ManualClock, receiver: Receiver, config: SandboxConfig
) -> None:
    [reference] = served(caller, municipality, clock)
    until(lambda: confirmed(config) == 2)
    assert sum(faults(config.ledger).values()) == 1
    reported = receiver.events()
    assert len(reported) == 3, "one that is in no ledger"
    assert {about for about, _ in reported} <= {reference, "EB-" + "A" * 32}


@pytest.mark.parametrize("config", [Fault.RECEIPTS_LATE, Fault.HTTP_503], indirect=True)
def test_a_judiciary_that_is_late_brings_them_later(
    caller: RpcCaller, municipality: Municipality, clock: ManualClock, receiver: Receiver, config: SandboxConfig
) -> None:
    served(caller, municipality, clock)
    until(lambda: confirmed(config) == 2)
    assert sum(faults(config.ledger).values()) == 1
    assert sorted(receiver.events())[0][1] == "ContentConsignment"


def test_a_sandbox_that_was_stopped_goes_on(
    caller: RpcCaller,
    municipality: Municipality,
    clock: ManualClock,
    receiver: Receiver,
    config: SandboxConfig,
    sandbox: Sandbox,
) -> None:
    receiver.does = lambda _call: {"all"}
    served(caller, municipality, clock)
    receiver.wait(lambda r: len(r.calls) >= 1)
    sandbox.end()
    assert confirmed(config) == 0
    receiver.does = lambda _call: None
    sandbox.start()
    until(lambda: confirmed(config) == 2)


def test_a_callback_beyond_this_machine_is_refused(config: SandboxConfig) -> None:
    assert config.rpc is not None
    away = replace(config, rpc=replace(config.rpc, push=PushPlan(url="http://192.0.2.1/receipts")))
    with pytest.raises(GatewayError) as refusal:
        serve(away, lambda _port: None, threading.Event(), system_clock)
    assert refusal.value.code == "config.endpoint"


def test_the_waits_grow_to_a_minute_and_stay_there() -> None:
    plan = PushPlan(url="http://127.0.0.1/")
    assert [plan.wait(failures) for failures in (0, 1, 2, 3)] == [0.0, 0.5, 1.0, 2.0]
    assert plan.wait(100) == BACKOFF[-1].total_seconds() == 60
