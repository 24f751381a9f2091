"""A disk that can be full or read-only, for tests: a tmpfs of a few megabytes, where the system lets us mount one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path

import pytest

from tests.databases import open_folder


class SmallDisk:
    """``path`` is where it is mounted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filling = path / "filling"

    def fill(self) -> None:
        """Leave no room at all."""
        with self._filling.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
            file.writelines(repeat(bytes(4096)))

    def make_room(self) -> None:
        self._filling.unlink()

    def turn(self, *, read_only: bool) -> None:
        """Nothing on it may be open for writing."""
        _run("mount", "-o", f"remount,{'ro' if read_only else 'rw'}", str(self.path))


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """Skips the test where nothing can be mounted: an ordinary user, or a container without that right."""
    with open_folder() as folder:
        path = folder / "disk"
        path.mkdir()
        mounted = _run(
            "mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "eblagh-test", str(path), check=False
        )
        if mounted.returncode:
            pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
        try:
            yield SmallDisk(path)
        finally:
            _run("umount", "--lazy", str(path))


def _run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=check, capture_output=True, text=True, stdin=subprocess.DEVNULL)
