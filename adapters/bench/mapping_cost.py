"""The compiled mapping beside a mapper written by hand: CPU time of both on the same rows, which are in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from statistics import median

from adapters.bench.mapper_by_hand import MapperByHand
from adapters.composition.installation import Installation
from adapters.composition.mappings import bodies, current_mapper
from adapters.composition.sources import case_source
from gateway.mapping import RowRefused
from gateway.notice.source_row import CaseRow

_ROUNDS = 5
_ROWS = 500


def measure_mappers(installation: Installation) -> dict[str, float]:
    """Return CPU milliseconds per row of each mapper, the median of some alternating rounds."""
    (name, *_) = installation.settings.sources
    source = case_source(installation, name)
    rows = list(source.rows([mark.key for mark in source.marks(None, _ROWS)]))
    mappers: dict[str, Callable[[CaseRow], object]] = {
        "compiled": current_mapper(installation, name).map,
        "by hand": MapperByHand(bodies(installation.settings)).map,
    }
    rounds = [{label: _timed(map_, rows) for label, map_ in mappers.items()} for _ in range(_ROUNDS)]
    return {label: median(figures[label] for figures in rounds) for label in mappers}


def _timed(map_: Callable[[CaseRow], object], rows: Sequence[CaseRow]) -> float:
    began = time.process_time()
    for row in rows:
        with suppress(RowRefused):
            map_(row)
    return (time.process_time() - began) * 1000 / max(1, len(rows))
