"""Process of a stand-in for a system of the city, which ends when this one does, however this one ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from adapters.shipped.resources import ROOT
from gateway.runtime.errors import GatewayError


@contextmanager
def city_process(name: str, directory: Path, options: Sequence[str] = ()) -> Iterator[str]:
    """Serve the stand-in of module ``adapters.sandbox.city.NAME`` while the block runs; yield its address.

    Its ledger is ``NAME.db`` in ``directory``, its log ``NAME.log``. ``options`` are those of
    `adapters.sandbox.city.service`. Raises `GatewayError` ``sandbox.not-started``.
    """
    module = f"adapters.sandbox.city.{name}"
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    log = directory / f"{name}.log"
    with log.open("ab") as told:
        child = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, "-m", module, "--ledger", str(directory / f"{name}.db"), *options],
            # Ctrl-C is for us: the stand-in serves until our last pass is over.
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=told,
            env={**os.environ, "PYTHONPATH": paths},
        )
    # The child reads its end of this pipe: when we are gone, even killed, it sees the end and stops.
    with child:
        assert child.stdout is not None
        ready = child.stdout.readline()
        if not ready:
            raise GatewayError("sandbox.not-started", where=str(log))
        yield f"http://127.0.0.1:{json.loads(ready)['port']}"
        assert child.stdin is not None
        child.stdin.close()
