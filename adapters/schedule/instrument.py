"""Timing of a task's ports, for a benchmark."""

from __future__ import annotations

from typing import Protocol, TypeVar

T = TypeVar("T")


class Instrument(Protocol):
    """Function that returns a timed stand-in for ``watched``: all methods as ``stage``, or some as stages of their
    own.
    """

    def __call__(self, watched: T, stage: str | None = None, **stages: str) -> T: ...


def uninstrumented(watched: T, stage: str | None = None, **stages: str) -> T:  # noqa: ARG001 - a `Instrument`
    """Return ``watched`` itself: no timing."""
    return watched
