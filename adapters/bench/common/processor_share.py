"""Limit of a process to a share of one processor, by the kernel's control groups (cgroups(7)).

On a machine of a few cores it leaves room for the processes beside the measured ones. Making a group needs root.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_ROOT: Final = Path("/sys/fs/cgroup")
_PERIOD: Final = 100_000
"""Microseconds. A process whose share of a period is used up rests until the next one."""


class NoShares(Exception):
    """This user cannot make control groups here."""

    literal_name = "NoShares"


@contextmanager
def processor_shares(share: float | None) -> Iterator[Callable[[int], None]]:
    """Yield a function that limits a process, by its number, to ``share`` of one processor; None limits nothing.

    Each process, with the children that it starts later, has a share of its own. The groups are removed after the
    block; their processes have ended by then. Raises `NoShares`.
    """
    groups: list[Path] = []

    def limit(process: int) -> None:
        if share is None:
            return
        group = _parent() / f"eblagh-bench-{os.getpid()}-{process}"
        try:
            group.mkdir()
            groups.append(group)
            _set_quota(group, round(share * _PERIOD))
            (group / "cgroup.procs").write_text(str(process))
        except OSError as error:
            raise NoShares(f"{group}: {error.strerror}") from error

    try:
        yield limit
    finally:
        for group in groups:
            with suppress(OSError):
                group.rmdir()


def _parent() -> Path:
    """Return the folder of groups: of version 2, or of version 1 where the system has that."""
    return _ROOT if (_ROOT / "cgroup.controllers").exists() else _ROOT / "cpu"


def _set_quota(group: Path, quota: int) -> None:
    if (group / "cgroup.controllers").exists():
        (group.parent / "cgroup.subtree_control").write_text("+cpu")
        (group / "cpu.max").write_text(f"{quota} {_PERIOD}")
        return
    (group / "cpu.cfs_period_us").write_text(str(_PERIOD))
    (group / "cpu.cfs_quota_us").write_text(str(quota))
