"""A copy of the tree in a temporary folder, in which a mutant is tried; the tree itself never changes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adapters.shipped.resources import ROOT

from .table import Mutant

_LEFT_OUT: Final = (".*", "build", "benchmarks", "docs", "regressions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Result of a trial. ``found_by`` is an invariant or a test, empty if nobody found it; ``cpu`` are seconds."""

    name: str
    mode: str
    found_by: str
    seeds: int
    cpu: float
    detail: str = ""


@contextmanager
def copied() -> Iterator[Path]:
    """Yield a copy of the tree."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        yield copy


@contextmanager
def broken(copy: Path, mutant: Mutant) -> Iterator[None]:
    """Break the guard in the copy for the block."""
    path = copy / mutant.file
    before = path.read_text(encoding="utf-8")
    path.write_text(mutant.of(before), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")


def tried(copy: Path, mutant: Mutant, seeds: int) -> Result:
    """Try a mutant by its mode: seeds until one breaks an invariant, or its tests."""
    with broken(copy, mutant):
        if mutant.mode == "conformance":
            return _by_tests(copy, mutant)
        store = "sql" if mutant.mode == "sql" else "memory"
        done = _run(
            copy, "-m", "tests.simulation.mutants.trial", store, str(mutant.every), mutant.needs or "-", str(seeds)
        )
    if done.returncode:
        # The broken tree cannot even be built: that finds it before the first seed.
        last = (done.stderr.strip().splitlines() or [""])[-1]
        return Result(name=mutant.name, mode=mutant.mode, found_by="does-not-run", seeds=0, cpu=0.0, detail=last)
    return Result(name=mutant.name, mode=mutant.mode, **json.loads(done.stdout.splitlines()[-1]))


def _by_tests(copy: Path, mutant: Mutant) -> Result:
    began = time.monotonic()
    done = _run(copy, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", *mutant.tests)
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    found_by = failed[0].split()[1] if done.returncode == 1 and failed else ""
    return Result(
        name=mutant.name, mode=mutant.mode, found_by=found_by, seeds=0, cpu=round(time.monotonic() - began, 1)
    )


def _run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
