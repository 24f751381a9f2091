"""`python -m tests.contracts.mizan D`: a folder with keys, cases and configuration, and the service that it is for.

It serves until its standard input ends. docs/connect/bind-your-own-service.md begins with it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.sandbox.verbs.demo_folder import prepare
from tests.contracts.configuration import configure

from .server import Mizan, serving
from .shapes import lay

NOTICES = 12


@contextmanager
def installed(directory: Path, shape: type[Mizan] = Mizan) -> Iterator[tuple[str, Mizan]]:
    """Make the folder, and serve while the block runs, in a ``shape``; give the endpoint and the ledger."""
    directory.mkdir(parents=True, exist_ok=True)
    prepare(directory, NOTICES)
    lay(directory / "profiles" / "mizan", shape)
    mizan = shape(directory / "pki" / "judiciary", directory / "pki" / "municipality" / "transport.crt.pem")
    with serving(mizan) as endpoint:
        configure(directory / "gateway.toml", "mizan", endpoint)
        yield endpoint, mizan


if __name__ == "__main__":
    with installed(Path(sys.argv[1])) as (where, _):
        print(f"{where} serves; Ctrl-D ends it", flush=True)
        sys.stdin.read()
