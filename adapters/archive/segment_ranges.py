"""Segments of the archive's folder: which records each has, by its file name."""

from __future__ import annotations

import os
from pathlib import Path

from gateway.archive.segment import file_name, range_of
from gateway.runtime.errors import GatewayError


def ranges(folder: Path) -> list[tuple[int, int]]:
    """Return the segments of a folder from the first record on.

    Raises `GatewayError` ``archive.gap``, ``archive.overlap``, ``archive.folder``.
    """
    end, found = 0, sorted(_ranges(folder))
    for first, last in found:
        if first > end:
            raise GatewayError("archive.gap", where=str(folder), detail=f"records {end} to {first}")
        if first < end:
            detail = f"{file_name(first, last)} begins before record {end}"
            raise GatewayError("archive.overlap", where=str(folder), detail=detail)
        end = last
    return found


def _ranges(folder: Path) -> list[tuple[int, int]]:
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise GatewayError("archive.folder", where=str(folder), detail=str(error.strerror)) from error
    return [found for found in map(range_of, names) if found]
