"""A clock ten minutes from the judiciary's: the node says so, and sends, seals and asks nothing until it is right."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from .conftest import Program, edit
from .service import TROUBLE, SandboxProcess, serving, until
from .test_troubles import all_at_their_end, failed_runs, sent

pytestmark = [pytest.mark.slow, TROUBLE, pytest.mark.long]

OFF = "clock.off"


def test_a_clock_that_is_off_stops_this_nodes_work_until_it_is_right(
    prepared_for_many: Path, program: Program, tmp_path: Path
) -> None:
    directory = tmp_path / "D"
    shutil.copytree(prepared_for_many, directory)
    edit(directory, 'file = "gateway.log"\n', 'level = "debug"\n')
    faults = directory / "sandbox.toml"
    right = faults.read_text(encoding="utf-8")
    faults.write_text(right + "\n[faults]\nclock_offset_seconds = 600\n", encoding="utf-8")
    sandbox = SandboxProcess(directory, program)
    with serving(directory) as service:
        until(lambda: service.check("clock") == OFF, "the code")
        assert service.ready()[0] == 503
        for run in ("collect", "dispatch", "rescue"):
            failed_runs(service, OFF, run, 2)
        [alarm, *_] = until(lambda: service.events("alarm", task="clock", code=OFF), "the alarm")
        assert (alarm["level"], alarm["who_must_act"]) == ("error", "operator")
        offset = service.metrics()['eblagh_clock_offset_seconds{of="judiciary"}']
        assert 590 < offset < 610
        assert service.errors(OFF) > 0
        assert sent(directory) == {}
        checked = program("check", "--config", directory / "gateway.toml", "--json", check=1)
        assert json.loads(checked.stdout.splitlines()[-1])["clock"]["code"] == OFF
        sandbox.end()

        faults.write_text(right, encoding="utf-8")
        sandbox = SandboxProcess(directory, program)
        until(lambda: service.check("clock") is None, "its end")
        until(lambda: service.events("alarm over", task="clock"), "the line")
        until(lambda: all_at_their_end(directory), "the end of every notice")
        assert set(sent(directory).values()) == {1}
        assert not service.events("pass broken")
        until(lambda: service.ready()[0] == 200, "readiness")
        assert service.end() == 0
    sandbox.end()
