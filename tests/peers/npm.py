"""Node tools: `soap` and `xml-crypto`, installed as `tests/peers/node/package-lock.json` says, run by small scripts."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

SCRIPTS: Final = Path(__file__).parent / "node"
_ABSENT: Final = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
_NO_NETWORK = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT)\b")

needs_node = pytest.mark.skipif(bool(_ABSENT), reason=f"not installed: {', '.join(_ABSENT)} (Debian packages)")


class Node:
    """The scripts with their packages beside them."""

    def __init__(self, folder: Path) -> None:
        """Install into ``folder``; where no package index can be reached and npm's cache lacks one, skip."""
        shutil.copytree(SCRIPTS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=0"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode and (fault := _NO_NETWORK.search(done.stderr)):
            pytest.skip(f"npm reaches no package index ({fault[1]})")
        assert done.returncode == 0, done.stderr
        self._folder = folder

    def run(self, script: str, *arguments: str | Path) -> bytes:
        """Return what a script prints."""
        command = ["node", script, *map(str, arguments)]
        done = subprocess.run(command, cwd=self._folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout
