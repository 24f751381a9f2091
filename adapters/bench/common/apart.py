"""A measurement in a process of its own, so that memory and imports are those of the measured work alone."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def apart(act: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Run a function of a module in a fresh process; return its result, or raise its error."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(act, *arguments, **named).result()
