"""By which version of which judiciary profile something was said or read: so evidence names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

WORD: Final = "profile"
"""Under which evidence names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenProfile:
    """``version`` is a number, or `gateway.mapping.model.mapper.FROM_FILE` for a folder that no person put in force;
    ``digest`` is that of its bundle (`gateway.versions.bundle`)."""

    name: str
    version: str
    digest: str

    @property
    def label(self) -> str:
        """How people name it: ``sana@2``."""
        return f"{self.name}@{self.version}"

    @property
    def told(self) -> dict[str, str]:
        """As it stands in the context of a record."""
        return {WORD: self.name, f"{WORD}_version": self.version, f"{WORD}_digest": self.digest}


def told_of(profile: SpokenProfile | None) -> dict[str, str]:
    """Return the same; nothing where nothing has a version."""
    return {} if profile is None else profile.told


def profile_digest(context: Mapping[str, str]) -> str | None:
    """Return the digest of the profile that a record's context names, or None where it names none."""
    return context.get(f"{WORD}_digest")


def label(context: Mapping[str, str]) -> str | None:
    """Return the version that a record's context names, as ``name@version``; None where it names none."""
    return f"{context[WORD]}@{context[f'{WORD}_version']}" if f"{WORD}_version" in context else None


def is_left_out(path: PurePath) -> bool:
    """Return True for a path, relative to a profile's folder, that no bundle holds: a part of it begins with a dot.

    Such files may lie in the folder (an editor's, a version control's); a profile that uses one is refused, since its
    digest would not cover it.
    """
    return any(part.startswith(".") for part in path.parts)
