"""From a WSDL to written-back cases, by the commands of docs/bind-your-own-service.md: a stranger's hour."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/bind-your-own-service.md"
COMMANDS = re.findall(r"^    run_gateway\.py (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the page's commands are run: D is in it, and the service serves."""
    here = tmp_path_factory.mktemp("bound")
    (here / "config").symlink_to(ROOT / "config")
    command = [sys.executable, "-m", "tests.contracts.mizan", str(here / "D")]
    (here / "D").mkdir()
    serving = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert serving.stdout is not None
    assert "serves" in serving.stdout.readline()
    yield here
    serving.communicate()
    assert serving.returncode == 0


def run(folder: Path, command: str) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "run_gateway.py"), *command.split()],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_commands_of_the_page_lead_from_the_wsdl_to_the_first_receipt(folder: Path) -> None:
    told = {command: run(folder, command) for command in COMMANDS}
    assert len(told) == len(COMMANDS) >= 15
    (checked,) = (text for command, text in told.items() if command.startswith("check"))
    assert "4 operations bound" in checked
    assert "lost.batches" in checked
    (preview,) = (text for command, text in told.items() if command.startswith("mapping preview"))
    assert "RegisterLetter" in preview
    assert "notice and message conform" in preview
    (verified,) = (text for command, text in told.items() if command.startswith("archive verify"))
    assert "FAILED" not in verified

    with closing(sqlite3.connect(folder / "D/gateway.db")) as store:
        states = Counter(state for (state,) in store.execute("SELECT state FROM outbox"))
        [waiting] = store.execute("SELECT count(*) FROM quarantine").fetchone()
    assert states.keys() == {"VIEWED", "REJECTED", "NO_ACCOUNT"}
    assert waiting == 0
    with closing(sqlite3.connect(folder / "D/cases.db")) as cases:
        [written] = cases.execute("SELECT count(*) FROM notices WHERE notice_state = 'VIEWED'").fetchone()
    assert written == states["VIEWED"]


def test_a_second_round_sends_nothing_again(folder: Path) -> None:
    done = run(folder, "run-once all -c D/gateway.toml --json")
    counts = json.loads(done.splitlines()[-1])
    assert '"sent"' not in json.dumps(counts)
