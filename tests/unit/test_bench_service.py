"""Runs of the whole service: the sandbox's own ledger has each notice once, and figures follow from that.

No test looks at speed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.bench.common.gateway_file import set_values
from adapters.bench.scale import attachment_size, process_count, store_size
from adapters.bench.service import delayed_judiciary as module
from adapters.bench.service.delayed_judiciary import assert_once_each
from adapters.bench.service.measured_run import Load, percentiles, run_service, sample
from adapters.bench.service.zeep_loop import run_loop
from adapters.sandbox.cases.generator import bad_rows
from adapters.sandbox.verbs.demo_folder import DemoProfile

pytestmark = pytest.mark.long

ROWS = 40
DELAY = timedelta(milliseconds=50)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with sample(ROWS, 2000) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize(("notices_a_call", "calls"), [(1, None), (50, 4)])
@pytest.mark.exhaustive(group="benches", keep=3)
def test_every_good_row_is_acknowledged_once(folder: Path, notices_a_call: int, calls: int | None) -> None:
    run = run_service(folder, ROWS, Load(delay=DELAY, notices_a_call=notices_a_call, calls=calls))
    assert run.notices == ROWS - bad_rows(ROWS)
    assert 50 <= run.p50 <= run.p95 <= run.p99 <= 1000 * run.seconds
    assert run.a_second == run.notices / run.seconds
    assert run.cpu > 0
    assert run.judiciary_cpu > 0
    assert 0 < run.busy <= 1


@pytest.mark.slow
@pytest.mark.exhaustive(group="benches", keep=3)
def test_the_loop_over_zeep_is_accepted(folder: Path) -> None:
    """Each call waits for its answer: twelve take twelve latencies at least."""
    run = run_loop(folder, 12, 2000, DELAY)
    assert run.notices == 12
    assert run.seconds >= 12 * DELAY.total_seconds()
    assert DELAY / timedelta(milliseconds=1) <= run.p50 <= run.p99
    assert not (folder / "judiciary.db").exists(), "each run has a ledger of its own"


def test_a_run_with_another_ledger_has_no_figures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = [{"reference": name, "submissions": times} for name, times in (("EB-1", 1), ("EB-2", 2), ("EB-3", 1))]
    monkeypatch.setattr(module, "ledger", lambda _path: lines)
    with pytest.raises(
        RuntimeError, match="of 2 notices the ledger lacks 1, and 1 came more than once; 2 are not ours"
    ):
        assert_once_each(tmp_path, ["EB-1", "EB-4"])
    lines.pop(1)
    assert_once_each(tmp_path, ["EB-1", "EB-3"])


@pytest.mark.slow
@pytest.mark.exhaustive(group="benches", keep=3)
def test_costs_beside_a_filled_store() -> None:
    cost = store_size.measure("sqlite", 1000, 30, 1)
    assert cost.notices == 1000
    assert cost.passes.sent == 30 - bad_rows(30)
    assert 0 < cost.search <= cost.slowest
    assert min(cost.passes.claim, cost.passes.a_notice, cost.passes.idle) > 0


@pytest.mark.slow
@pytest.mark.exhaustive(group="benches", keep=3)
@pytest.mark.parametrize("profile", DemoProfile)
def test_costs_of_an_attachment(profile: DemoProfile) -> None:
    cost = attachment_size.measure(5_500_000, 3, profile)
    assert (cost.size, cost.notices) == (5_500_000, 3)
    assert min(cost.intake.cpu, cost.call.cpu) > 0
    assert cost.call.memory is None or 0 < cost.call.memory * 2**20 <= 2 * cost.size


@pytest.mark.slow
@pytest.mark.exhaustive(group="benches", keep=3)
def test_two_processes_over_postgresql() -> None:
    runs = process_count.measure([2], ROWS, 2000, DELAY, None)
    assert runs[2].notices == ROWS - bad_rows(ROWS)


def test_percentiles() -> None:
    assert percentiles(range(101)) == (50, 95, 99)


def test_values_are_set_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text('# kept\n[log]\nfile = "a"\n', encoding="utf-8")
    set_values(path, {"log.file": None, "judiciary.max_calls": 8, "public_port": 1, "sources.more.url": "b"})
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# kept\n")
    assert tomllib.loads(text) == {
        "log": {},
        "judiciary": {"max_calls": 8},
        "public_port": 1,
        "sources": {"more": {"url": "b"}},
    }
