"""Deletion of whole segment files whose payloads no row names any more. A named payload keeps its file."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.storage.payloads.segment_file import SUFFIX, sync_folder
from gateway.runtime.errors import GatewayError

UNTOUCHED = timedelta(days=1)
"""Time without an append before a file may be deleted: a transaction that names its payloads has ended by then."""


def free(folder: Path, named: Callable[[], Collection[str]], now: datetime) -> int:
    """Delete files that no row names; return their number. ``named`` returns the names of the files that rows name.

    A file that a process has open to append stays. Raises `GatewayError` ``store.payload-folder``.
    """
    try:
        # Listed before the rows are read: no new row can name a file that is old enough now.
        old = [path for path in folder.glob(f"*{SUFFIX}") if _touched(path) <= now - UNTOUCHED]
        keep = named() if old else ()
        freed = sum(_take_away(path) for path in old if path.name not in keep)
        if freed:
            sync_folder(folder)
    except OSError as error:
        raise GatewayError("store.payload-folder", where=str(folder), detail=str(error.strerror)) from error
    return freed


def _touched(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _take_away(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        path.unlink()
        return True
    finally:
        os.close(descriptor)
