"""Applications of consoles that tests use one after the other; only their parts differ."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from adapters.console.pages_application import application
from adapters.console.site.context import Parts, keep

_FREE: list[Flask] = []


@contextmanager
def lent_application(parts: Parts) -> Iterator[Flask]:
    """Yield an application over these parts that no other console uses meanwhile."""
    app = _FREE.pop() if _FREE else application(parts)
    app.extensions.update(keep(parts))
    yield app
    _FREE.append(app)
