"""The installation of a verb. The command line that opened it closes it, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.cli.common.imports import importing

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_opened: ContextVar[ExitStack] = ContextVar("opened")


@contextmanager
def closing_installations() -> Iterator[None]:
    """Close, at the end of the block, each installation that `installation_of` has returned in it."""
    with ExitStack() as stack:
        token = _opened.set(stack)
        try:
            yield
        finally:
            _opened.reset(token)


def installation_of(config: Path) -> Installation:
    """Read ``config``; the installation is closed with the command line. Raises `GatewayError` ``config.*``."""
    # The command line itself needs no installation: `--help` and `errors` begin without its libraries.
    with importing():
        from adapters.composition.installation import Installation

    installation = Installation.of(config)
    _opened.get().callback(installation.close)
    return installation
