"""The verbs of measurements: a table of 80 columns, one object of JSON with its circumstances, and a chart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from typer.testing import CliRunner

from adapters.bench.common.openssl_speed import Speed
from adapters.bench.floor import floor_verb
from adapters.bench.floor.floor import Floor
from adapters.bench.scale import attachment_size, process_count, store_size
from adapters.bench.scale.attachment_size import AttachmentCost, Cost
from adapters.bench.scale.store_size import PassCost, StoreCost
from adapters.bench.service import latency_verb
from adapters.bench.service.measured_run import Load, MeasuredRun
from adapters.bench.service.zeep_loop import LoopRun
from adapters.bench.stages import STAGES
from adapters.cli.main import app

RUN = MeasuredRun(
    notices=960,
    seconds=123.4,
    p50=60_001,
    p95=115_000.5,
    p99=123_400,
    cpu=3.61,
    judiciary_cpu=12.3,
    store_cpu=2.1,
    busy=0.98,
)
LOOP = LoopRun(notices=40, seconds=4.1, p50=103.2, p95=120.1, p99=123.4, cpu=3.9, judiciary_cpu=6.7, busy=0.1)
PASSES = PassCost(sent=288, claim=12.34, a_notice=3.61, idle=123.4, memory=123.4)
COST = Cost(cpu=1234.5, memory=21.1)


@pytest.fixture(autouse=True)
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Load]:
    """Let every measurement have its figures at once; return the loads of runs."""
    loads: list[Load] = []

    @contextmanager
    def sample(*_arguments: Any) -> Iterator[Path]:
        yield Path("nowhere")

    def run_service(_sample: Path, _rows: int, load: Load) -> MeasuredRun:
        loads.append(load)
        return RUN

    monkeypatch.setattr(latency_verb, "sample", sample)
    monkeypatch.setattr(latency_verb, "run_service", run_service)
    monkeypatch.setattr(latency_verb, "run_loop", lambda *_: LOOP)
    monkeypatch.setattr(
        store_size,
        "measure",
        lambda _database, notices, *_: StoreCost(notices=notices, search=1.5, slowest=12.5, passes=PASSES),
    )
    monkeypatch.setattr(
        attachment_size,
        "measure",
        lambda size, notices, *_: AttachmentCost(size=size, notices=notices, intake=COST, call=COST),
    )
    monkeypatch.setattr(process_count, "measure", lambda processes, *_: dict.fromkeys(processes, RUN))
    monkeypatch.setattr(floor_verb, "speed", lambda: Speed(by="a table", signed=4000, verified=50_000, digested=1e9))
    monkeypatch.setattr(floor_verb, "seal_bytes", lambda size: 2 * size)
    monkeypatch.setattr(
        floor_verb,
        "floor_of",
        lambda _speed, octets, _number: Floor(octets=octets, parts={"seal, RSA-2048": 0.25, "commit": 0.1}),
    )
    monkeypatch.setattr(floor_verb, "sample", sample)
    monkeypatch.setattr(floor_verb, "measure", lambda *_: dict.fromkeys(STAGES, 0.1))
    return loads


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["bench", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def read(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed(*arguments, "--json").splitlines()[-1])
    return found


@pytest.mark.parametrize("verb", ["latency", "scale", "floor"])
def test_tables_have_80_columns_below_the_circumstances(verb: str) -> None:
    lines = printed(verb).splitlines()
    assert [line.partition(":")[0] for line in lines[:3]] == ["machine", "versions", "parameters"]
    assert max(map(len, lines[4:])) <= 80


@pytest.mark.parametrize("verb", ["latency", "scale", "floor"])
def test_json_has_the_circumstances_and_a_chart_is_written(verb: str, tmp_path: Path) -> None:
    found = read(verb, "--chart", str(tmp_path / "chart.svg"))
    assert found["machine"].keys() == {"processor", "cores", "memory", "system"}
    assert {"Python", "lxml", "xmlsec", "SQLAlchemy", "OpenSSL", "SQLite"} <= found["versions"].keys()
    assert found["parameters"]
    assert found["seed"] == 96
    assert etree.QName(etree.parse(str(tmp_path / "chart.svg")).getroot()).localname == "svg"


def test_latency_has_a_run_for_each_way_and_delay(figures: list[Load]) -> None:
    found = read("latency", "--delay", "20", "--delay", "500", "--calls", "32")
    assert found["runs"].keys() == {"20", "500"}
    assert found["runs"]["20"]["1 a call"]["a_second"] == pytest.approx(960 / 123.4)
    assert [load.notices_a_call for load in figures] == [1, 50, 1, 50]
    assert {load.calls for load in figures} == {32}


def test_scale_measures_the_parts_that_are_named() -> None:
    found = read("scale", "--part", "attachments", "--size", "1000")
    assert (found["store"], found["processes"]) == ([], {})
    assert [cost["size"] for cost in found["attachments"]] == [1000]


def test_the_floor_stands_beside_ours_as_a_ratio() -> None:
    modes = read("floor")["modes"]
    assert len(modes) == len(floor_verb.MODES)
    for found in modes.values():
        assert found["floor"] == 0.35
        assert found["ratio"] == pytest.approx(0.1 * len(STAGES) / 0.35)
