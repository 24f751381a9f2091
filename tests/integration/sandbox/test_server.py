"""The sandbox as a process: where it listens, how it ends, what it keeps."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import requests
import zeep
from zeep.transports import Transport

from adapters.sandbox.judiciary.config import SandboxConfig
from adapters.sandbox.judiciary.judiciary_service import JudiciaryService
from adapters.sandbox.judiciary.ledger import ledger
from adapters.sandbox.sandbox_server import serve
from adapters.shipped.resources import PROFILES, ROOT
from gateway.runtime.errors import GatewayError
from tests.manual_clock import ManualClock

from .conftest import Sandbox
from .municipality import Municipality, notice

WHO = "9990000001"


def test_a_restart_keeps_the_ledger(municipality: Municipality, sandbox: Sandbox) -> None:
    seals = municipality.sealed(notice(WHO))
    wire, addressing = municipality.signed(municipality.submission(seals), seals)
    municipality.exchange(wire, addressing)
    sandbox.clock.advance(seconds=1)
    sandbox.end()
    sandbox.config = replace(sandbox.config, port=sandbox.port)
    sandbox.start()
    assert municipality.exchange(wire, addressing).code == "verify.replay"
    sandbox.clock.advance(days=2)
    assert len(municipality.fetch().receipts()) == 2
    assert [line["state"] for line in ledger(sandbox.config.ledger, sandbox.clock)] == ["VIEWED"]


def test_a_request_under_way_is_finished(
    municipality: Municipality, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, reported = threading.Event(), threading.Event()
    accounts = JudiciaryService.accounts

    def slowly(*arguments: object) -> list[bool]:
        inside.set()
        reported.wait()
        return accounts(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(JudiciaryService, "accounts", slowly)
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(municipality.accounts, WHO)
        inside.wait()
        sandbox.stop.set()
        while _accepts_connections(sandbox.port):
            pass
        reported.set()
        assert answer.result().status == 200
    sandbox.end()


def _accepts_connections(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_published_contract_is_served_and_zeep_can_read_it(sandbox: Sandbox) -> None:
    with requests.Session() as session:
        session.trust_env = False
        served = session.get(f"{sandbox.address}?wsdl", timeout=600).content
        assert served == (PROFILES / "eblagh-1" / "service.wsdl").read_bytes()
        client = zeep.Client(f"{sandbox.address}?wsdl", transport=Transport(session=session))
        assert sorted(client.service._binding.all()) == sorted(_operations())


def _operations() -> list[str]:
    return ["InquireAccounts", "SubmitNotices", "InquireStatus", "FetchReceipts", "ConfirmReceipts"]


def test_a_batch_of_the_largest_size_is_served(municipality: Municipality) -> None:
    content = b"%PDF-1.4" + bytes(range(256)) * 28 * 1024
    seals = municipality.sealed(notice(WHO, content=content[: 7 * 1024 * 1024]))
    assert len(seals[0].octets) > 9_000_000
    (result,) = municipality.submit(seals).results()
    assert result["Status"] == "ACCEPTED"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "localhost"])
def test_it_serves_on_loopback_only(config: SandboxConfig, clock: ManualClock, host: str) -> None:
    with pytest.raises(GatewayError) as refusal:
        serve(replace(config, host=host), print, threading.Event(), clock)
    assert refusal.value.code == "sandbox.host"


def test_a_port_in_use_is_named(sandbox: Sandbox) -> None:
    with pytest.raises(GatewayError) as refusal:
        serve(replace(sandbox.config, port=sandbox.port), print, threading.Event(), sandbox.clock)
    assert refusal.value.code == "sandbox.port"
    assert str(sandbox.port) in str(refusal.value)


def test_an_expired_key_is_named_before_anything_is_served(config: SandboxConfig, clock: ManualClock) -> None:
    clock.advance(days=10_000)
    with pytest.raises(GatewayError) as refusal:
        serve(config, print, threading.Event(), clock)
    assert refusal.value.code == "certificate.expired"


def test_it_ends_when_its_parent_does() -> None:
    program = (
        "import threading; from adapters.sandbox.sandbox_server import wait_for_parent; stop = threading.Event();"
        "threading.Thread(target=wait_for_parent, args=(stop,), daemon=True).start();"
        "print('up', flush=True); stop.wait()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        assert child.poll() is None
        child.stdin.close()
        assert child.wait() == 0


def test_it_ends_while_its_parent_lives() -> None:
    """A thread that waits for standard input must not keep the interpreter from ending."""
    program = (
        "import threading; from adapters.sandbox.sandbox_server import wait_for_parent;"
        "threading.Thread(target=wait_for_parent, args=(threading.Event(),), daemon=True).start()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, cwd=ROOT) as child:
        assert child.wait() == 0
