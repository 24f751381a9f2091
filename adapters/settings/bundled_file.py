"""Name of a file of a profile's folder, as a key of `profile.toml` gives it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from gateway.notice.profile_version import is_left_out


class FileName(str):
    """Path of a file in the profile's folder, relative to it."""


def _inside(name: str) -> str:
    path = Path(name)
    if not name or "\0" in name or path.is_absolute() or ".." in path.parts:
        raise ValueError("a file inside the profile's folder is wanted")
    if is_left_out(path):
        raise ValueError("a name without a dot in front is wanted: the profile's digest leaves such files out")
    return FileName(path.as_posix())


BundledFile = Annotated[str, AfterValidator(_inside)]
