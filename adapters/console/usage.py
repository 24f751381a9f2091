"""Refuse wrong usage in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

_INSTEAD = {"Value error, ": "", "Input should be": "it must be"}
"""Typer has values judged by a library; these are the beginnings of its sentences."""


class PlainGroup(TyperGroup):
    """The program's verbs; what is said of a wrong option or argument has no words for programmers."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        with _plain_words():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        with _plain_words():
            return super().invoke(ctx)


@contextmanager
def _plain_words() -> Iterator[None]:
    try:
        yield
    except typer.BadParameter as error:
        for theirs, ours in _INSTEAD.items():
            error.message = error.message.replace(theirs, ours)
        raise
