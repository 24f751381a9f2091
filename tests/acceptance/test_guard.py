"""A demonstration cannot be pointed at the real service, by no verb; nor the real service run on its keys."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT, Program, edit

WATCHED = """
import sys
sys.path.insert(0, sys.argv[1])
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        print("REACHED", event, arguments, flush=True)
sys.addaudithook(watch)
from adapters.cli.main import run
sys.argv[1:] = sys.argv[2:]
run()
"""
"""The program, under a hook of the interpreter that sees every connection and every question for a name."""

VERBS = [
    ("run-once", "all"),
    ("run-once", "dispatch"),
    ("run-once", "rescue"),
    ("run-once", "receipts"),
    ("check",),
]


def watched(config: Path, *verb: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WATCHED, str(ROOT), *verb, "--config", str(config)]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def endpoint_of(directory: Path) -> str:
    lines = (directory / "gateway.toml").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("endpoint = "))


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("endpoint", ["http://203.0.113.7/eblagh", "https://sana.example/eblagh"])
@pytest.mark.exhaustive
def test_a_demonstration_never_reaches_a_public_endpoint(copy: Path, endpoint: str, verb: tuple[str, ...]) -> None:
    edit(copy, endpoint_of(copy), f'endpoint = "{endpoint}"')
    done = watched(copy / "gateway.toml", *verb)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "config.endpoint" in done.stderr
    assert "gateway.toml, line " in done.stderr
    assert "REACHED" not in done.stdout


def test_the_hook_sees_what_a_demonstration_may_reach(copy: Path) -> None:
    assert "REACHED socket.connect" in watched(copy / "gateway.toml", "check").stdout


def test_a_demonstration_that_calls_itself_production_does_nothing(copy: Path, program: Program) -> None:
    edit(copy, 'environment = "development"', 'environment = "production"')
    found = program.json("check", "--config", copy / "gateway.toml", check=2)
    codes = sorted({each["code"] for name, each in found.items() if name.startswith("guard")})
    assert codes == ["config.sandbox-value", "key.development"]
    assert all(each["actor"] == "operator" and each["where"] for each in found.values() if not each["ok"])
    assert "config.sandbox-value" in program("run-once", "collect", "--config", copy / "gateway.toml", check=2).stderr
