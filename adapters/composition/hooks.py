"""Hooks for factories: register for close, instrument."""

from __future__ import annotations

from typing import Protocol, TypeVar

T = TypeVar("T")


class Closeable(Protocol):
    """Part that holds connections or files."""

    def close(self) -> None: ...


Held = TypeVar("Held", bound=Closeable)


class CloseLater(Protocol):
    """Hook that closes ``opened`` with the installation, and returns it."""

    def __call__(self, opened: Held) -> Held: ...


class Instrument(Protocol):
    """Hook that returns a timed stand-in for ``watched``: all methods as ``stage``, or some as stages of their own."""

    def __call__(self, watched: T, stage: str | None = None, **stages: str) -> T: ...


def uninstrumented(watched: T, stage: str | None = None, **stages: str) -> T:  # noqa: ARG001 - a `Instrument`
    """Return ``watched`` itself: no timing."""
    return watched
