"""A demonstration cannot be pointed at the real service, by no verb; nor the real service run on its keys."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import Program, edit
from .zygote import REACHED, Zygote

pytestmark = pytest.mark.long

Run = Callable[..., "subprocess.CompletedProcess[str]"]

VERBS = [
    ("run-once", "all"),
    ("run-once", "dispatch"),
    ("run-once", "rescue"),
    ("run-once", "receipts"),
    ("check",),
]


@pytest.fixture(scope="module")
def watched() -> Iterator[Run]:
    """Return a function that runs a verb under a hook of the interpreter, which sees every connection."""
    zygote = Zygote(watched=True)
    yield lambda config, *verb: zygote.run([*verb, "--config", str(config)])
    zygote.close()


def endpoint_of(directory: Path) -> str:
    lines = (directory / "gateway.toml").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("endpoint = "))


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("endpoint", ["http://203.0.113.7/eblagh", "https://sana.example/eblagh"])
def test_a_demonstration_never_reaches_a_public_endpoint(
    copy: Path, watched: Run, endpoint: str, verb: tuple[str, ...]
) -> None:
    edit(copy, endpoint_of(copy), f'endpoint = "{endpoint}"')
    done = watched(copy / "gateway.toml", *verb)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "config.endpoint" in done.stderr
    assert "gateway.toml, line " in done.stderr
    assert REACHED not in done.stdout


def test_the_hook_sees_what_a_demonstration_may_reach(copy: Path, watched: Run) -> None:
    assert f"{REACHED} socket.connect" in watched(copy / "gateway.toml", "check").stdout


def test_a_demonstration_that_calls_itself_production_does_nothing(copy: Path, program: Program) -> None:
    edit(copy, 'environment = "development"', 'environment = "production"')
    found = program.json("check", "--config", copy / "gateway.toml", check=2)
    codes = sorted({each["code"] for name, each in found.items() if name.startswith("guard")})
    assert codes == ["config.sandbox-value", "key.development"]
    assert all(each["actor"] == "operator" and each["where"] for each in found.values() if not each["ok"])
    assert "config.sandbox-value" in program("run-once", "collect", "--config", copy / "gateway.toml", check=2).stderr
