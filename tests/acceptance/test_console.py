"""The console beside the passes: in the service, over a reload, and at the end of a demonstration."""

from __future__ import annotations

import json
import signal
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from adapters.composition.installation import Installation
from adapters.sandbox.verbs.demo_people import LOGINS, make_people
from tests.console.real_people import TOKEN

from .conftest import Program, edit
from .service import serving

pytestmark = pytest.mark.long


class Browser(requests.Session):
    """Browser at the console of an address."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address

    def status(self, path: str) -> int:
        with self.get(self.address + path, allow_redirects=False, timeout=600) as answer:
            return answer.status_code

    def sign_in(self, login: str, password: str) -> int:
        form = self.get(f"{self.address}/sign-in", timeout=600).text
        fields = {"csrf": TOKEN.findall(form)[0], "login": login, "password": password, "code": "", "next": "/account"}
        own = {"Sec-Fetch-Site": "same-origin"}
        return self.post(
            f"{self.address}/sign-in", data=fields, headers=own, allow_redirects=False, timeout=600
        ).status_code


@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_a_session_goes_on_over_a_reload(copy: Path) -> None:
    """Sessions are in the store: the new configuration's console knows them, and its limits are in force."""
    with closing(Installation.of(copy / "gateway.toml")) as installation:
        password = make_people(installation)
    edit(copy, 'file = "gateway.log"\n', "")  # the log is read from standard error
    with serving(copy, "--roles", "console,web") as service:
        with Browser(service.events("service began")[0]["console"]) as browser:
            assert browser.status("/account") == 302
            assert browser.sign_in("security", password) == 302
            assert browser.status("/people") == 200
            edit(copy, 'second_factor = "optional"', 'second_factor = "optional"\nidle_minutes = 5')
            assert service.reload()["event"] == "configuration reloaded"
            assert browser.status("/people") == 200
            edit(copy, 'second_factor = "optional"', 'second_factor = "sometimes"')
            assert service.reload()["code"] == "config.value"
            assert browser.status("/people") == 200
        assert service.end() == 0


@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_a_demonstration_ends_with_the_console_open(copy: Path, program: Program) -> None:
    """With an address, and a password of each role that is printed once and stored nowhere in clear."""
    demo = program.start("demo", "--notices", 60, "--dir", copy, "--json")
    assert demo.stdout is not None
    try:
        figures: dict[str, Any] = json.loads(demo.stdout.readline())
        assert figures["collected"] == 60
        told = json.loads(demo.stdout.readline())
        for login, _ in LOGINS.values():
            with Browser(told["console"]) as browser:
                assert browser.sign_in(login, told["password"]) == 302
                assert browser.status("/account") == 200
    finally:
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate()
    assert (demo.returncode, rest) == (0, "")
    password = told["password"].encode()
    assert [file for file in copy.rglob("*") if file.is_file() and password in file.read_bytes()] == []
