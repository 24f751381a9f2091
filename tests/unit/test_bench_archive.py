"""The figures of `bench verify`: what is verified is the whole archive, by as many processes as it says."""

from __future__ import annotations

import os

import pytest

from adapters.bench import verify_archive


@pytest.mark.exhaustive(group="benches", keep=3)
def test_every_record_is_verified_in_each_run() -> None:
    with verify_archive.made(1_001) as (folder, trust):
        runs = verify_archive.measure(folder, trust)
    assert [run.records for run in runs[1:]] == [1_001] * (len(runs) - 1)
    assert runs[-1].workers == (os.cpu_count() or 1)
    assert all(run.per_core > 0 and run.memory > 0 for run in runs)
