"""The sandbox judiciary in a process of its own, behind a network with latency."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from adapters.bench.common.gateway_file import set_values
from adapters.bench.service.delayed_network import delayed_network
from adapters.cli.common.sandbox_child import SANDBOX_FILE, sandbox_process
from adapters.sandbox.judiciary.ledger import ledger
from adapters.sandbox.verbs.demo_folder import ENDPOINTS, DemoProfile


@dataclass(frozen=True, slots=True)
class DelayedJudiciary:
    """Judiciary at ``address``. ``process`` is the sandbox's, without the network's."""

    address: str
    process: subprocess.Popen[bytes]


@contextmanager
def delayed_judiciary(folder: Path, delay: timedelta) -> Iterator[DelayedJudiciary]:
    """Serve the sandbox of a prepared folder while the block runs; its gateway calls it over the network."""
    port = tomllib.loads((folder / SANDBOX_FILE).read_text(encoding="utf-8"))["port"]
    with delayed_network(port, delay) as public:
        address = f"http://127.0.0.1:{public}{ENDPOINTS[DemoProfile.SOAP]}"
        # Messages name the address that they are sent to.
        set_values(folder / SANDBOX_FILE, {"public_port": public})
        set_values(folder / "gateway.toml", {"judiciary.endpoint": address})
        with sandbox_process(folder) as process:
            yield DelayedJudiciary(address, process)


def assert_once_each(folder: Path, references: Sequence[str]) -> None:
    """Compare with the sandbox's own ledger. Raises `RuntimeError` if a notice is missing there, or came twice."""
    found = received(folder)
    lost, others = set(references) - found.keys(), found.keys() - set(references)
    doubled = [reference for reference, times in found.items() if times != 1]
    if lost or others or doubled:
        raise RuntimeError(
            f"of {len(references)} notices the ledger lacks {len(lost)}, and {len(doubled)} came more than once;"
            f" {len(others)} are not ours"
        )


def received(folder: Path) -> dict[str, int]:
    """Return how often each reference came to the sandbox of a folder."""
    return {line["reference"]: line["submissions"] for line in ledger(folder / "judiciary.db")}
