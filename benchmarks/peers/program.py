"""The frame of each program: what it is given, and when it works."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def work() -> dict[str, Any]:
    """Return the work file that the command line names. README.md lists its keys."""
    return json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))


def serve(do_all: Callable[[], None]) -> None:
    """Do all that waits once for each line of standard input, and say ``done``; until the input ends.

    The first time warms up, the second is measured: so nothing that is loaded once counts.
    """
    for _ in sys.stdin:
        do_all()
        print("done", flush=True)
