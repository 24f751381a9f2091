"""`bench peers`: a figure stands for work that the sandbox's ledger confirms, and counts all processes of a program."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.bench.common.cpu_time import tree_cpu_seconds
from adapters.bench.peers.compared_programs import BATCHES, ONE_A_CALL, OURS, PEERS, Program, peer_versions, programs
from adapters.bench.peers.comparison import Entry, Plan, best_peer, compare
from adapters.bench.peers.comparison_report import charts, show
from adapters.bench.peers.measured_program import Failed, Usage, measured_program

pytestmark = pytest.mark.long

SMALL = Plan(notices=4, warm_up=2, rounds=1)
IDLE = "import sys\nfor _ in sys.stdin: print('done', flush=True)\n"
BUSY = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()\n"
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {BUSY!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print(flush=True)
sys.stdin.read()
child.communicate(b"\\n")
"""


def found(entries: list[Entry], program: str, mode: str) -> Entry:
    return next(each for each in entries if (each.program, each.mode) == (program, mode))


@pytest.mark.exhaustive(group="benches", keep=3)
def test_ours_and_the_zeep_loop_do_the_same_work() -> None:
    chosen = [each for each in programs(Path(sys.executable)) if each.name in (OURS, "zeep loop", "zeep loop, tuned")]
    assert [each.absent for each in chosen] == ["", "", ""]
    entries = compare(chosen, SMALL, ["1 KiB"])
    assert [(each.program, each.mode) for each in entries] == [
        (OURS, BATCHES),
        ("zeep loop, tuned", BATCHES),
        (OURS, ONE_A_CALL),
        ("zeep loop", ONE_A_CALL),
        ("zeep loop, tuned", ONE_A_CALL),
    ]
    assert [each.failures for each in entries] == [[]] * 5
    assert all(len(each.usages) == 1 and each.usages[0].cpu > 0 for each in entries)
    assert best_peer(entries, found(entries, OURS, BATCHES)) is found(entries, "zeep loop, tuned", BATCHES)


def test_a_program_that_does_nothing_has_no_figure() -> None:
    idle = Program(name="idle", command=lambda _: [sys.executable, "-c", IDLE], modes=(BATCHES,))
    ended = Program(name="ended", command=lambda _: [sys.executable, "-c", "raise SystemExit('no')"], modes=(BATCHES,))
    entries = compare([idle, ended], SMALL, ["1 KiB"])
    assert entries[0].failures == [
        "0 of 6 notices were accepted once and viewed, of 0 in the ledger; "
        "0 of 0 receipts are confirmed, of 12 that are due"
    ]
    assert entries[1].failures == ["the program ended; its log: no"]
    assert [(each.usages, each.per_cpu_second(), each.per_second()) for each in entries] == [([], None, None)] * 2


def test_one_failure_takes_the_figure_away() -> None:
    entry = Entry(program="zeep loop", papers="1 KiB", mode=BATCHES, notices=10, usages=[Usage(cpu=0.02, wall=1.0)])
    assert (entry.per_cpu_second(), entry.per_second()) == (500.0, 10.0)
    entry.failures.append("it lost one")
    assert entry.per_cpu_second() is None
    assert entry.as_json()["cpu_ms_per_notice"] is None
    ours = Entry(program=OURS, papers="1 KiB", mode=BATCHES, notices=10, usages=[Usage(cpu=0.01, wall=1.0)])
    assert best_peer([entry, ours], ours) is None


def test_a_failed_program_is_printed_without_a_figure(capsys: pytest.CaptureFixture[str]) -> None:
    good = Entry(program=OURS, papers="1 KiB", mode=BATCHES, notices=10, usages=[Usage(cpu=0.01, wall=1.0)])
    slow = Entry(
        program="zeep loop, tuned", papers="1 KiB", mode=BATCHES, notices=10, usages=[Usage(cpu=0.03, wall=1.0)]
    )
    lost = Entry(program="node soap", papers="1 KiB", mode=BATCHES, notices=10, failures=["it lost one"])
    show([good, slow, lost], ["1 KiB"], {"Celery on Redis": "redis-server is not installed"})
    shown = capsys.readouterr().out
    assert "the gateway does 3.00 times what zeep loop, tuned does in a CPU second" in shown
    assert "failed: node soap, 1 KiB, in batches: it lost one" in shown
    assert "left out: Celery on Redis: redis-server is not installed" in shown
    assert charts([good, slow, lost], ["1 KiB"])[0].series["node soap"] == [None, None]


def test_versions_of_the_peers_are_told() -> None:
    assert {"zeep", "xmlsec", "lxml", "soap (npm)"} <= peer_versions(Path(sys.executable)).keys()


def test_children_count() -> None:
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert tree_cpu_seconds(process.pid) > 0.3
        process.communicate(b"")


def test_a_program_that_never_ends_is_given_up(tmp_path: Path) -> None:
    asleep = [sys.executable, "-c", "import subprocess; subprocess.run(['sleep', '3600'])"]
    with measured_program(asleep, tmp_path) as program, pytest.raises(Failed, match="the program ended"):
        program.work(patience=0.2)
    # Its child held the pipe, too: that the line came to an end shows that both did.


def test_the_peers_share_no_code_with_the_gateway() -> None:
    imported = set()
    for file in PEERS.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    assert imported
    assert not imported & {"gateway", "adapters", "tests"}
