"""CPU time of processes, by the kernel's account. All is 0 where the system does not tell."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PARENT, _CHILDREN_USER, _CHILDREN_SYSTEM = 1, 13, 14
"""Places behind the name, which may have spaces in it (proc(5), ``/proc/pid/stat``)."""

_IDLE: Final = 3
"""Place of idle in the first line of ``/proc/stat``; behind it waits for disks."""

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


def machine_ticks() -> tuple[int, int]:
    """Return the ticks of the clock in which this machine's processors worked since it started, and all of them.

    From the first line of ``/proc/stat`` (proc(5)): user, nice, system, idle, iowait, irq, softirq. Time that another
    virtual machine had is in neither.
    """
    try:
        ticks = [int(field) for field in Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:8]]
    except OSError:
        return 0, 0
    return sum(ticks) - sum(ticks[_IDLE : _IDLE + 2]), sum(ticks)


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
