"""Differences between two versions or files of one subject: by the rules of mappings, else by lines."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from adapters.console.versions.version_pages import Shown, ShownFile
from gateway.notice.notice import sha256
from gateway.overview.versions.mapping_changes import FileChanges, file_changes

_HEADERS: Final = 2
"""Lines at the beginning of a unified difference that name its sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """File that was added, removed or changed, with the lines that differ."""

    name: str
    before: str | None
    after: str | None
    lines: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Differences between two versions, the ``earlier`` one first.

    Two mappings that this program accepts are compared by their values; bundles, and everything else, by ``files``.
    """

    earlier: Shown
    later: Shown
    mapping: FileChanges
    files: Sequence[FileChange]

    @property
    def number(self) -> int:
        return self.mapping.number + len(self.files)


def differences(earlier: Shown, later: Shown) -> Differences:
    """Compare two versions or files of one subject. None are found only if both do the same."""
    mapping, files = FileChanges(), list[FileChange]()
    if earlier.program is not None and later.program is not None:
        mapping = file_changes(earlier.program, later.program)
    else:
        old, new = _files(earlier), _files(later)
        changed = [name for name in sorted({*old, *new}) if _digest(old.get(name)) != _digest(new.get(name))]
        files = [_file_change(name, old.get(name), new.get(name)) for name in changed]
    return Differences(earlier=earlier, later=later, mapping=mapping, files=files)


def _files(shown: Shown) -> dict[str, ShownFile]:
    """Return the files of a bundle; a mapping, and a bundle that cannot be read, is one file without a name."""
    whole = ShownFile(name="", size=len(shown.octets), digest=sha256(shown.octets), text=shown.text)
    return {each.name: each for each in shown.files or [whole]}


def _digest(file: ShownFile | None) -> str | None:
    return None if file is None else file.digest


def _file_change(name: str, before: ShownFile | None, after: ShownFile | None) -> FileChange:
    old, new = ((each.text or "").split("\n") if each is not None else [] for each in (before, after))
    lines = list(islice(difflib.unified_diff(old, new, n=1, lineterm=""), _HEADERS, None))
    return FileChange(name=name, before=_digest(before), after=_digest(after), lines=lines)
