"""The program as a stranger runs it: the command line, in processes of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, str(ROOT / "run_gateway.py")]


class Program:
    """Runs `run_gateway.py`; ``json`` is its last line."""

    def __call__(self, *arguments: object, check: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        assert done.returncode == check, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: object, check: int = 0) -> dict[str, Any]:
        last: dict[str, Any] = json.loads(self(*arguments, "--json", check=check).stdout.splitlines()[-1])
        return last

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )


@pytest.fixture(scope="session")
def program() -> Program:
    return Program()


@pytest.fixture(scope="session")
def finished(program: Program, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of a demonstration that ran to its end, and its figures."""
    directory = tmp_path_factory.mktemp("demo") / "D"
    figures = program.json("demo", "--notices", 60, "--exit", "--dir", directory)
    return directory, figures
