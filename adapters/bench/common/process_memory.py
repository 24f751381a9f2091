"""Memory and CPU time of a process, by the kernel's account."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

RESIDENT: Final = "VmRSS"
PEAK: Final = "VmHWM"

_RESET_PEAK: Final = "5"
_USER_TICKS, _SYSTEM_TICKS = 11, 12
"""Places of the two times behind the name, which may have spaces in it (proc(5), ``/proc/pid/stat``)."""


def memory(figure: str, process: int | str = "self") -> float | None:
    """Return `RESIDENT` or `PEAK` of a process in MiB; None where the system does not tell."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return None
    lines = status.read_text(encoding="ascii", errors="replace").splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{figure}:")), None)


def reset_peak() -> None:
    """Let `PEAK` of this process begin anew with what is resident. Where that is not allowed, it stays."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text(_RESET_PEAK, encoding="ascii")


def cpu_seconds(process: int) -> float:
    """Return the CPU seconds of a living process, of all its threads; 0 where the system does not tell."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return 0.0
    times = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return (int(times[_USER_TICKS]) + int(times[_SYSTEM_TICKS])) / os.sysconf("SC_CLK_TCK")
