"""The folder of a demonstration, made ready again: what somebody wrote into the sandbox's file stays."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from adapters.sandbox.verbs.demo_folder import prepare
from adapters.settings import SandboxSettings, Settings, load

NOTICES = 2
FAULTS = '\n# Slow today.\n[faults]\nrate = 0.25\nkinds = ["late"]\n\n[signature]\nprefix_lists = true\n'


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("folder")
    prepare(made, NOTICES)
    with (made / "sandbox.toml").open("a", encoding="utf-8") as sandbox:
        sandbox.write(FAULTS)
    return made


def endpoint(directory: Path) -> str:
    return str(load(directory / "gateway.toml", Settings).judiciary.endpoint)


def test_the_sandboxs_file_stays_as_it_is(directory: Path) -> None:
    before = (directory / "sandbox.toml").read_text(encoding="utf-8")
    prepare(directory, NOTICES)
    assert (directory / "sandbox.toml").read_text(encoding="utf-8") == before
    port = load(directory / "sandbox.toml", SandboxSettings).port
    assert endpoint(directory) == f"http://127.0.0.1:{port}/eblagh"


def test_its_ports_are_kept_for_its_servers(directory: Path) -> None:
    settings = load(directory / "sandbox.toml", SandboxSettings)
    for port in (settings.port, settings.time_port, settings.lists_port):
        assert port is not None
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        with socket.create_server(("127.0.0.1", port)):
            pass


def test_another_port_changes_the_port_alone(directory: Path) -> None:
    before = (directory / "sandbox.toml").read_text(encoding="utf-8")
    old = load(directory / "sandbox.toml", SandboxSettings).port
    prepare(directory, NOTICES, port=8123)
    after = (directory / "sandbox.toml").read_text(encoding="utf-8")
    assert after == before.replace(f"port = {old}\n", "port = 8123\n")
    assert after.endswith(FAULTS)
    assert endpoint(directory) == "http://127.0.0.1:8123/eblagh"
