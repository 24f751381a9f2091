"""Refusal of wrong usage in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

_INSTEAD = {"Value error, ": "", "Input should be": "it must be"}
"""Beginnings of sentences of the library by which typer checks values, and their replacements."""


class PlainGroup(TyperGroup):
    """The program's verbs; errors of options or arguments have no words for programmers."""

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
