"""Memory of a process, by the kernel's account."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

RESIDENT: Final = "VmRSS"
PEAK: Final = "VmHWM"

_RESET_PEAK: Final = "5"


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
