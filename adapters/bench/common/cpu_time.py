"""CPU time of processes, by the kernel's account. All is 0 where the system does not tell."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PARENT, _CHILDREN_USER, _CHILDREN_SYSTEM = 1, 13, 14
"""Places behind the name, which may have spaces in it (proc(5), ``/proc/pid/stat``)."""

_SCHEDULER: Final = 2
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def tree_cpu_seconds(root: int) -> float:
    """Return the CPU seconds of a living process, of all that live below it, and of those that it waited for."""
    stats = dict(_stats())
    seconds, waiting = 0.0, [root]
    while waiting:
        process = waiting.pop()
        waiting += [child for child, stat in stats.items() if int(stat[_PARENT]) == process]
        if process in stats:
            ended = int(stats[process][_CHILDREN_USER]) + int(stats[process][_CHILDREN_SYSTEM])
            seconds += cpu_seconds(process) + ended / _TICKS
    return seconds


def _stats() -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                text = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            yield int(entry.name), text.rpartition(")")[2].split()


def cpu_seconds(process: int) -> float:
    """Return the CPU seconds of a living process, of all its threads, by its own clock.

    Its steps are nanoseconds; the ticks of `/proc` are hundredths of a second. Its number is that of
    clock_getcpuclockid(3) on Linux.
    """
    try:
        return time.clock_gettime(~process << 3 | _SCHEDULER)
    except OSError:
        return 0.0
