"""Nothing is sealed before the time outside is known: the judiciary is asked while there is nothing to send."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.cli.evidence import retention
from adapters.composition.installation import Installation
from adapters.composition.tasks import tasks
from gateway.runtime.clock import Clock, system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from tests.contracts.configuration import configure

from .__main__ import installed
from .server import Mizan


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Path, str, Mizan]]:
    with installed(tmp_path / "D") as (endpoint, mizan):
        yield tmp_path / "D" / "gateway.toml", endpoint, mizan


def opened(file: Path, clock: Clock = system_clock) -> closing[Installation]:
    read = Installation.of(file)
    return closing(Installation(read.settings, read.file, clock))


def run(installation: Installation, kind: str) -> PassReport:
    [task] = [each for each in tasks(installation, [kind]) if each.kind == kind]
    return task.run(lambda: True)


def codes(report: PassReport) -> list[str]:
    return [error.code for error in report.errors]


def test_the_time_is_asked_for_where_there_is_nothing_to_send(place: tuple[Path, str, Mizan]) -> None:
    file, _, mizan = place
    with opened(file) as installation:
        report = run(installation, "collect")
        assert installation.timekeeper.heard_outside_at is not None
    assert (report.errors, report.counts["admitted"] > 0) == ([], True)
    assert mizan.letters == {}, "no letter told the time"


def test_nothing_is_sealed_while_nobody_outside_answers(place: tuple[Path, str, Mizan]) -> None:
    file, endpoint, _ = place
    configure(file, "mizan", "http://127.0.0.1:9/nobody")
    with opened(file) as installation:
        assert codes(run(installation, "collect")) == ["clock.unheard"]
        assert not any(installation.store().tallies.counts().values())
    configure(file, "mizan", endpoint)
    with opened(file) as installation:
        assert run(installation, "collect").counts["admitted"] > 0


@pytest.mark.long
def test_started_forty_days_ahead_it_seals_nothing_until_its_clock_is_right(place: tuple[Path, str, Mizan]) -> None:
    file, _, mizan = place
    ahead = timedelta(days=40)
    with opened(file, lambda: system_clock() + ahead) as installation:
        for kind in ("collect", "dispatch", "rescue"):
            assert codes(run(installation, kind)) == ["clock.off"], kind
        assert not any(installation.store().tallies.counts().values())
        ahead = timedelta()
        assert run(installation, "collect").counts["admitted"] > 0
    assert mizan.letters == {}


@pytest.mark.long
def test_nothing_is_purged_by_a_clock_that_nobody_confirms(
    place: tuple[Path, str, Mizan], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, endpoint, _ = place
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}\n[retention.classes.seals]\nkinds = ['SEALED_NOTICE']\npayload_days = 200\n", "utf-8")
    with opened(file) as installation:
        assert run(installation, "collect").counts["admitted"] > 0
    ahead = timedelta(days=400)

    def purge() -> dict[str, int]:
        with opened(file, lambda: system_clock() + ahead) as installation:
            monkeypatch.setattr(retention, "installation_of", lambda _: installation)
            retention.purge_payloads(dry_run=False, config=file, as_json=True)
            return {"waiting": installation.store().retention.waiting()}

    for where, code in ((endpoint, "clock.off"), ("http://127.0.0.1:9/nobody", "clock.unheard")):
        configure(file, "mizan", where)
        with pytest.raises(GatewayError) as refused:
            purge()
        assert refused.value.code == code
    configure(file, "mizan", endpoint)
    ahead = timedelta()
    assert purge() == {"waiting": 0}
