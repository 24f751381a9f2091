"""The program as a stranger runs it: the command line, in processes of its own."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from adapters.sandbox.cases import generate
from adapters.sandbox.verbs.demo_folder import SEED, prepare
from tests import databases
from tests.kept_ports import keep_ports
from tests.shared import made_once

from .zygote import Forked, Zygote

if TYPE_CHECKING:
    from adapters.sandbox.postgres.postgres_server import PostgresServer

    from .fleet import Fleet

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, str(ROOT / "run_gateway.py")]
FEW_NOTICES = 24
"""In a folder of `prepared`."""


@cache
def zygote() -> Zygote:
    """Return this process's own."""
    made = Zygote()
    databases.AT_END.callback(made.close)
    return made


class Program:
    """Runs `run_gateway.py`; ``json`` is its last line."""

    def __call__(self, *arguments: object, check: int = 0) -> subprocess.CompletedProcess[str]:
        done = zygote().run([*map(str, arguments)])
        assert done.returncode == check, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: object, check: int = 0) -> dict[str, Any]:
        last: dict[str, Any] = json.loads(self(*arguments, "--json", check=check).stdout.splitlines()[-1])
        return last

    def start(self, *arguments: object) -> Forked:
        """Start a copy; ``stdin`` is its parent's life."""
        return zygote().start([*map(str, arguments)])

    def start_anew(self, *arguments: object) -> subprocess.Popen[str]:
        """Start it as an operator does: its start is a part of what is tested."""
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


WithCases = Callable[[Path, int], Path]


@pytest.fixture(scope="session")
def with_cases(tmp_path_factory: pytest.TempPathFactory) -> WithCases:
    """Puts the sample's rows into a demonstration's folder, as it makes them itself: their papers take a second."""

    def put(directory: Path, notices: int) -> Path:
        made = made_once(
            tmp_path_factory, f"{notices}-cases.db", lambda path: generate(path, notices=notices, seed=SEED)
        )
        directory.mkdir(exist_ok=True)
        shutil.copy(made, directory / "cases.db")
        return directory

    return put


@pytest.fixture(scope="session")
def finished(
    program: Program, with_cases: WithCases, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """The folder of a demonstration that ran to its end, and its figures."""
    directory = with_cases(tmp_path_factory.mktemp("demo") / "D", 60)
    figures = program.json("demo", "--notices", 60, "--exit", "--dir", directory)
    keep_ports(directory)
    return directory, figures


def recorded(directory: Path, operation: str) -> int:
    """Count the recorded messages of an operation."""
    with closing(sqlite3.connect(directory / "gateway.db")) as connection:
        asked = "SELECT count(*) FROM evidence WHERE instr(header, CAST(? AS BLOB)) > 0"
        number: int = connection.execute(asked, (f'"operation":"{operation}"',)).fetchone()[0]
    return number


def pages(directory: Path) -> int:
    """Count the recorded answers that carried receipts; it varies by one, as receipts come together or apart."""
    return recorded(directory, "FetchReceipts")


UNDISTURBED = ["Admission", "Claim", "SubmissionAcceptance"]


def undisturbed(program: Program, config: Path) -> str:
    """Return the reference of a viewed notice that was accepted at once: on a slow machine an answer may be late."""
    for each in program.json("notice", "list", "--state", "VIEWED", "--config", config)["notices"]:
        shown = program.json("notice", "show", each["reference"], "--config", config)
        if [step["event"] for step in shown["history"]][:3] == UNDISTURBED:
            return str(each["reference"])
    raise AssertionError("no notice was accepted at once")


@pytest.fixture
def copy(finished: tuple[Path, dict[str, Any]], tmp_path: Path) -> Path:
    """A finished demonstration, to spoil."""
    directory = tmp_path / "D"
    shutil.copytree(finished[0], directory)
    return directory


@pytest.fixture
def served_demo(copy: Path, program: Program) -> Iterator[Path]:
    """The same, with its sandbox serving."""
    serving = program.start("sandbox", "serve", "--dir", copy, "--with-parent", "--json")
    assert serving.stdout is not None
    assert serving.stdout.readline()
    yield copy
    serving.communicate()


@pytest.fixture(scope="session")
def prepared(with_cases: WithCases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration's folder in which nothing has happened yet."""
    directory = with_cases(tmp_path_factory.mktemp("serve") / "D", FEW_NOTICES)
    prepare(directory, FEW_NOTICES)
    return directory


@pytest.fixture
def directory(prepared: Path, tmp_path: Path) -> Path:
    """A copy of it for a service, which logs to standard error."""
    target = tmp_path / "D"
    shutil.copytree(prepared, target)
    edit(target, 'file = "gateway.log"\n', "")  # to standard error
    edit(target, "stop_seconds = 30\n", "stop_seconds = 60\n")
    return target


@pytest.fixture(scope="session")
def prepared_for_many(with_cases: WithCases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration in which nothing has happened yet."""
    from .fleet import NOTICES

    directory = with_cases(tmp_path_factory.mktemp("fleet") / "D", NOTICES)
    prepare(directory, NOTICES)
    return directory


@pytest.fixture
def fleet(prepared_for_many: Path, program: Program) -> Iterator[Fleet[PostgresServer]]:
    # That file needs this one.
    from .fleet import fleet_of, one_server

    with fleet_of(prepared_for_many, program, one_server) as made:
        yield made


LONG = 600
"""Seconds, longer than anybody waits in a test."""


def be_patient(directory: Path) -> None:
    """Let nobody give up waiting for an answer, and no message expire, however slow the machine is."""
    path = directory / "gateway.toml"
    text = path.read_text(encoding="utf-8")
    longer = dict.fromkeys(("settle_seconds", "lease_seconds", "stop_seconds"), LONG + 10)
    for name, seconds in {"timeout_seconds": LONG, "lifetime_seconds": LONG, **longer}.items():
        text, changed = re.subn(rf"^{name} = \d+$", f"{name} = {seconds}", text, count=1, flags=re.MULTILINE)
        assert changed == 1, name
    path.write_text(text, encoding="utf-8")


def edit(directory: Path, old: str, new: str) -> None:
    path = directory / "gateway.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
