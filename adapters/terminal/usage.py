"""Refusal of wrong usage in plain words."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from gateway.runtime.errors import GatewayError

_INSTEAD = {"Value error, ": "", "Input should be": "it must be"}
"""Beginnings of sentences of the library by which typer checks values, and their replacements."""


def assert_encoded(arguments: Iterable[str]) -> None:
    """Raise `GatewayError` ``program.argument`` if an argument of the command line is not encoded in UTF-8."""
    for number, argument in enumerate(arguments, start=1):
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            octets = os.fsencode(argument).decode(errors="backslashreplace")
            raise GatewayError("program.argument", where=f"argument {number}", detail=octets) from error


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
