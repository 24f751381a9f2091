"""Profile version recorded in evidence: the judiciary profile by which a message was made or read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

WORD: Final = "profile"
"""Key of the profile's name in a record's context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenProfile:
    """Version of a judiciary profile.

    ``version`` is a number, or `gateway.mapping.model.mapper.FROM_FILE` for a folder that no person put in force.
    ``digest`` is that of its bundle (`gateway.versions.bundle`).
    """

    name: str
    version: str
    digest: str

    @property
    def label(self) -> str:
        """Return the name for people: ``sana@2``."""
        return f"{self.name}@{self.version}"

    @property
    def told(self) -> dict[str, str]:
        """Return the entries of a record's context."""
        return {WORD: self.name, f"{WORD}_version": self.version, f"{WORD}_digest": self.digest}


def told_of(profile: SpokenProfile | None) -> dict[str, str]:
    """Return the entries of a record's context; empty without a version."""
    return {} if profile is None else profile.told


def profile_digest(context: Mapping[str, str]) -> str | None:
    """Return the digest of the profile in a record's context; None if it names none."""
    return context.get(f"{WORD}_digest")


def label(context: Mapping[str, str]) -> str | None:
    """Return the version in a record's context as ``name@version``; None if it names none."""
    return f"{context[WORD]}@{context[f'{WORD}_version']}" if f"{WORD}_version" in context else None


def is_left_out(path: PurePath) -> bool:
    """Return True for a path in a profile's folder that no bundle holds: a part of it begins with a dot.

    Such files may lie in the folder (an editor's, a version control's). A profile that uses one is refused, since its
    digest would not cover the file.
    """
    return any(part.startswith(".") for part in path.parts)
