"""`python -m tests.contracts.barid R`: a folder with keys, cases and configuration, and the REST service for it.

It serves until its standard input ends. docs/connect/bind-your-own-service.md uses it.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.sandbox.verbs.demo_folder import prepare
from tests.contracts.configuration import configure

from .server import PROFILE, Barid, serving

NOTICES = 12


@contextmanager
def installed(directory: Path) -> Iterator[tuple[str, Barid]]:
    """Make the folder, and serve while the block runs; give the endpoint and the ledger."""
    directory.mkdir(parents=True, exist_ok=True)
    prepare(directory, NOTICES)
    shutil.copytree(PROFILE, directory / "profiles" / "barid", dirs_exist_ok=True)
    barid = Barid(directory / "pki" / "judiciary", directory / "pki" / "municipality" / "transport.crt.pem")
    with serving(barid) as endpoint:
        configure(directory / "gateway.toml", "barid", endpoint)
        yield endpoint, barid


if __name__ == "__main__":
    with installed(Path(sys.argv[1])) as (where, _):
        print(f"{where} serves; Ctrl-D ends it", flush=True)
        sys.stdin.read()
