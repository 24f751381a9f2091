"""The whole service under a judiciary that brings receipts: from cases to written-back results, over real HTTP."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import requests
from lxml import etree

from adapters.sandbox.verbs.demo_folder import prepare
from tests.acceptance.conftest import Program, edit, program
from tests.acceptance.service import Service, serving, until
from tests.contracts.configuration import configure
from tests.contracts.mizan.server import serving as answering

from .profiles import make_profile
from .server import PushingMizan

__all__ = ["program"]

NOTICES = 12

pytestmark = [pytest.mark.slow, pytest.mark.long]


@contextmanager
def installed(directory: Path, *, rpc: bool) -> Iterator[PushingMizan]:
    """Keys, cases and configuration; Mizan answers while the block runs."""
    directory.mkdir()
    prepare(directory, NOTICES)
    folder = make_profile(directory / "profiles" / "mizan", rpc=rpc)
    judiciary = directory / "pki" / "judiciary"
    mizan = PushingMizan(judiciary, directory / "pki" / "municipality" / "transport.crt.pem", rpc=rpc)
    mizan.push_schema = etree.XMLSchema(etree.parse(str(folder / "messages.xsd")))
    with answering(mizan) as endpoint:
        configure(directory / "gateway.toml", "mizan", endpoint)
        edit(directory, "[dispatch]\n", '[judiciary.callback]\nlisten = "127.0.0.1:0"\n\n[dispatch]\n')
        edit(directory, 'file = "gateway.log"\n', "")  # to standard error
        yield mizan


@contextmanager
def bringing(mizan: PushingMizan, service: Service) -> Iterator[None]:
    """Bring slips until they are acknowledged, again and again, as long as the block runs."""
    address = service.events("service began")[0]["callback"] + "/receipts"
    ending = threading.Event()

    def bring() -> None:
        while not ending.is_set():
            with suppress(requests.RequestException):  # it is away, or was killed in the middle of its answer: later
                mizan.bring(address, most=3)
            time.sleep(0.05)

    thread = threading.Thread(target=bring)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def states(directory: Path) -> Counter[str]:
    with closing(sqlite3.connect(directory / "gateway.db")) as store:
        return Counter(state for (state,) in store.execute("SELECT state FROM outbox"))


def all_at_their_end(directory: Path) -> bool:
    found = states(directory)
    return bool(found) and found.keys() <= {"VIEWED", "REJECTED", "NO_ACCOUNT"}


def written(directory: Path) -> int:
    with closing(sqlite3.connect(directory / "cases.db")) as cases:
        [number] = cases.execute("SELECT count(*) FROM notices WHERE eblagh_state = 'VIEWED'").fetchone()
    return int(number)


@pytest.mark.parametrize("rpc", [False, True], ids=["document", "rpc"])
@pytest.mark.exhaustive(group="stories of contracts", keep=4)
def test_every_notice_comes_to_its_end_though_the_service_is_killed(
    tmp_path: Path, program: Program, rpc: bool
) -> None:
    directory = tmp_path / "D"
    config = directory / "gateway.toml"
    with installed(directory, rpc=rpc) as mizan:
        reported = program.json("check", "--config", config)
        assert reported["lost.receipts-callback"]["ok"]
        assert f"SOAP 1.{2 if rpc else 1}" in reported["callback"]["found"]
        assert "/receipts" in reported["callback"]["found"]
        assert "3 operations bound" in reported["contract"]["found"]
        with serving(directory, name="one") as one, bringing(mizan, one):
            until(lambda: mizan.acknowledged, "the first slip")
            one.signal(signal.SIGKILL)
            one.wait()
        with serving(directory, name="two") as two, bringing(mizan, two):
            until(lambda: all_at_their_end(directory), "the end of every notice")
            until(lambda: not mizan.waiting, "the last slip")
            until(lambda: written(directory) == states(directory)["VIEWED"], "the cases")
            until(lambda: two.ready()[0] == 200, "readiness")
            assert two.reload()["event"] == "configuration reloaded"
            assert mizan.send(_address(two), mizan.message(_address(two), mizan.slips[:1])).kept[0].kept
            assert two.end() == 0
        assert len(mizan.slips) == 2 * states(directory)["VIEWED"] > 0
        assert {len(letters) for letters in mizan.letters.values()} == {1}, "no letter went out twice"
        program("archive", "write", "--config", config)
        verified = program("archive", "verify", directory / "archive", "--trust", directory / "pki" / "anchors")
        assert "FAILED" not in verified.stdout
        notice = next(reference for reference, [letter] in mizan.letters.items() if letter["Outcome"] == "10")
        shown = program("notice", "show", notice, "--config", config).stdout
        assert re.search(r"MZ-\d+", shown)


def _address(service: Service) -> str:
    return f"{service.events('service began')[0]['callback']}/receipts"


@pytest.mark.exhaustive(group="stories of contracts", keep=4)
def test_a_process_of_its_own_may_listen_and_the_stop_switch_keeps_nothing_out(
    tmp_path: Path, program: Program
) -> None:
    directory = tmp_path / "D"
    config = directory / "gateway.toml"
    with installed(directory, rpc=True) as mizan:
        for name in ("collect", "dispatch"):
            program("run-once", name, "--config", config)
        assert mizan.slips
        with serving(directory, "--roles", "callback", name="door") as callback:
            assert callback.url is None
            program("stop-everything", "--reason", "test", "--config", config)
            while mizan.waiting:
                mizan.bring(_address(callback))
            assert callback.end() == 0
        assert "VIEWED" not in states(directory)
        program("resume", "--reason", "test", "--config", config)
        done = json.loads(program("run-once", "receipts", "--config", config, "--json").stdout.splitlines()[-1])
        assert done["receipts"]["applied"] == len(mizan.slips)
        assert states(directory)["VIEWED"] == len(mizan.slips) / 2
