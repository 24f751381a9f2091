"""What makers of an installation's parts are lent: what they open is closed with it, what they make may be timed."""

from __future__ import annotations

from typing import Protocol, TypeVar

T = TypeVar("T")


class Closeable(Protocol):
    """What holds connections or files."""

    def close(self) -> None: ...


Held = TypeVar("Held", bound=Closeable)


class CloseLater(Protocol):
    """Sees to it that what was opened is closed with the installation, and returns it."""

    def __call__(self, opened: Held) -> Held: ...


class Instrument(Protocol):
    """Returns a stand-in for ``watched`` whose methods are timed: all as ``stage``, or some as stages of their own."""

    def __call__(self, watched: T, stage: str | None = None, **stages: str) -> T: ...


def uninstrumented(watched: T, stage: str | None = None, **stages: str) -> T:  # noqa: ARG001 - a `Instrument`
    """Return ``watched`` itself."""
    return watched
