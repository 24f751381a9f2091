"""Node tools: `soap` and `xml-crypto`, installed as `tests/peers/node/package-lock.json` says, run by small scripts."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests import debian

SCRIPTS: Final = Path(__file__).parent / "node"
# Not a fault of ours: no network, no package index or one that is out of order, a node that is too old for `soap`.
CANNOT = re.compile(
    r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|E429|E5\d\d|EBADENGINE)\b"
)
INSTALL = "npm ci --ignore-scripts --no-audit --no-fund --engine-strict --prefer-offline --fetch-retries=0"

needs_node = debian.needs("nodejs", "npm")


class Node:
    """The scripts with their packages beside them."""

    def __init__(self, folder: Path, scripts: Path = SCRIPTS) -> None:
        """Install into ``folder``, from npm's cache if it has all; skip where that cannot be done."""
        shutil.copytree(scripts, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
        done = subprocess.run(INSTALL.split(), cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode and (fault := CANNOT.search(done.stderr)):
            pytest.skip(f"npm cannot install what these tests need ({fault[1]})")
        assert done.returncode == 0, done.stderr
        self.folder = folder

    def run(self, script: str, *arguments: str | Path) -> bytes:
        """Return what a script prints."""
        command = ["node", script, *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout
