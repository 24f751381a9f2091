"""Collecting a large sample into a fresh store: speed, and memory at each part of the way."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from adapters.bench.common.process_memory import PEAK, RESIDENT, memory
from adapters.composition.installation import Installation
from adapters.composition.judiciary.sealer import notice_sealer
from adapters.composition.mappings import mappers_in_force
from adapters.composition.sources import case_source
from adapters.sandbox.verbs.demo_folder import SEED, prepare
from gateway.intake.collection import IntakePolicy, collect
from gateway.notice.source_row import CaseRow, CaseSource

SHARES = (0.1, 0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """Milestone of a run. ``rows_per_second`` is from the beginning on; ``memory`` and ``peak`` are the process's own,
    in MiB.
    """

    share: float
    rows: int
    rows_per_second: float
    memory: float
    peak: float


def measure(notices: int) -> list[Milestone]:
    """Return the measurements at each of `SHARES`; another process makes the sample."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        maker = multiprocessing.get_context("spawn").Process(target=_sample, args=(directory / "cases.db", notices))
        maker.start()
        maker.join()
        if maker.exitcode != 0:
            raise RuntimeError("the sample was not made")
        prepare(directory, notices)
        milestones: list[Milestone] = []
        with closing(Installation.of(directory / "gateway.toml")) as installation:
            store, policy = installation.store(), IntakePolicy(destination="judiciary")
            for source in installation.settings.sources:
                counted = _Counted(case_source(installation, source), notices, milestones)
                collect(
                    cast("CaseSource", counted),
                    store,
                    mappers_in_force(installation),
                    notice_sealer(installation, installation.judiciary),
                    installation.clock,
                    policy,
                )
    return milestones


def _sample(path: Path, notices: int) -> None:
    from adapters.sandbox.cases import generate

    generate(path, notices=notices, seed=SEED, small_documents=True)


class _Counted:
    """Source that notes a milestone when so many of its rows have been read and all earlier ones are stored."""

    def __init__(self, source: CaseSource, rows: int, milestones: list[Milestone]) -> None:
        self._source, self._milestones = source, milestones
        self._left = [(share, max(1, round(rows * share))) for share in SHARES]
        self._rows, self._start = 0, time.perf_counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def rows(self, keys: Sequence[str], columns: Sequence[str] | None = None) -> Iterator[CaseRow]:
        for row in self._source.rows(keys, columns):
            yield row
            self._rows += 1
            while self._left and self._rows >= self._left[0][1]:
                share, _ = self._left.pop(0)
                speed = self._rows / (time.perf_counter() - self._start)
                now, peak = memory(RESIDENT) or 0.0, memory(PEAK) or 0.0
                self._milestones.append(
                    Milestone(share=share, rows=self._rows, rows_per_second=speed, memory=now, peak=peak)
                )
