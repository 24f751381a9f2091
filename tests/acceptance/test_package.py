"""The package as it is installed elsewhere: nothing of the source tree is needed to run it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

PARTS = ("gateway", "adapters", "schemas", "certs", "config")
FILES = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE")


@pytest.mark.slow
@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_an_installed_package_runs_the_demonstration(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "site"
    for part in PARTS:
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    install = [*pip, "install", "--no-deps", "--no-build-isolation", "--no-index", "--target", target, source]
    subprocess.run(install, check=True)
    done = subprocess.run(
        [sys.executable, "-m", "adapters.cli", "demo", "--notices", "20", "--exit", "--json", "--dir", "D"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    assert json.loads(done.stdout.splitlines()[-1])["written_back"] == 20
    assert (target / "bin" / "eblagh-gateway").exists()
