"""A gateway's session with the database: every port call begins and ends here, and so does every transaction."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from gateway.runtime.errors import ErrorScope, GatewayError

from .database import SimulatedDatabase

APPLIED = " applied"
ANSWERED = " answered"

TRY_AGAIN_SECONDS = 5.0
"""Seconds from a failed trial write to the next one."""

At = Callable[[str], None]

P = ParamSpec("P")
T = TypeVar("T")


class Part(Protocol):
    """Narrow store. ``port`` is its name in the names of its calls."""

    port: str
    session: Session


S = TypeVar("S", bound=Part)


class Session:
    """See `simulated_store`. ``steady`` gives seconds that never go back."""

    def __init__(self, database: SimulatedDatabase, at: At, random: random.Random, steady: Callable[[], float]) -> None:
        self.database, self.at, self.random, self.steady = database, at, random, steady
        self.trouble: GatewayError | None = None
        self._tried_at = float("-inf")

    def read(self, name: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.at(name)
        with self.database.alone:
            found = work(*args, **kwargs)
        self.at(f"{name}{ANSWERED}")
        return found

    def write(self, name: str, work: Callable[[], T]) -> T:
        """Run ``work`` in one transaction: all that it writes is committed, or nothing."""
        done = self._written(name, work)
        self.at(f"{name}{ANSWERED}")
        return done

    def note(self, name: str, work: Callable[[], T], then: Callable[[T], None] | None = None) -> T:
        """Write, and remember the error as the store's trouble; a success ends it. ``then`` follows the transaction."""
        try:
            done = self._written(name, work)
            if then is not None:
                then(done)
        except GatewayError as error:
            # Errors of another scope do not show that writing fails, such as that the store was restored.
            if error.scope is ErrorScope.SYSTEM:
                self.trouble = error
            raise
        self.trouble = None
        self.at(f"{name}{ANSWERED}")
        return done

    def assert_writable(self) -> None:
        if self.trouble is not None and self.steady() - self._tried_at >= TRY_AGAIN_SECONDS:
            try:
                self.note("assert_writable", lambda: None)
            except GatewayError:
                pass  # it is the trouble
            finally:
                self._tried_at = self.steady()
        if self.trouble is not None:
            raise self.trouble

    def _written(self, name: str, work: Callable[[], T]) -> T:
        self.at(name)
        with self.database.alone:
            done = self.database.transaction(work)
        self.at(f"{name}{APPLIED}")
        return done


def reading(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Make a port call of a method that reads at one moment."""
    name = method.__name__.lstrip("_")

    @wraps(method)
    def called(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.session.read(f"{self.port}.{name}", method, self, *args, **kwargs)

    return called


def writing(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Make a port call of a method that is one transaction."""
    name = method.__name__.lstrip("_")

    @wraps(method)
    def called(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.session.write(f"{self.port}.{name}", lambda: method(self, *args, **kwargs))

    return called


def noted(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """As `writing`, of a method whose errors are the store's trouble."""
    name = method.__name__.lstrip("_")

    @wraps(method)
    def called(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.session.note(f"{self.port}.{name}", lambda: method(self, *args, **kwargs))

    return called
