"""The same work for each program: a sandbox, a case database in which every row is good, and what both sides hold."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.bench.common.gateway_file import notices_a_call, set_values
from adapters.cli.common.sandbox_child import SANDBOX_FILE, sandbox_child
from adapters.sandbox.cases import generate
from adapters.sandbox.cases.paper import sized_paper
from adapters.sandbox.verbs.demo_folder import SEED, prepare
from adapters.shipped.resources import PROFILES

DAY_SECONDS = 0.01
"""Length of the sandbox's day: both receipts of a notice are there within a tenth of a second."""

_KEEP_GOOD = """
    DELETE FROM notices WHERE notice_id NOT IN (
        SELECT n.notice_id FROM notices n JOIN sample_expectations e USING (notice_id)
        WHERE e.expected_state = 'VIEWED' AND n.revision = 1 ORDER BY n.notice_id LIMIT ?
    )
"""
_TAKE_OUT = "SELECT notice_id, paper_id, party_id, revision FROM notices ORDER BY notice_id LIMIT -1 OFFSET ?"
_PUT_BACK = "INSERT INTO notices (notice_id, paper_id, party_id, revision) VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Folder of one run. ``later`` are the rows that come after those for warming up."""

    folder: Path
    later: list[tuple[int, ...]]

    @property
    def cases(self) -> Path:
        return self.folder / "cases.db"

    @property
    def work_file(self) -> Path:
        return self.folder / "work.json"

    def add_rows(self) -> None:
        """Put the rows into the case database that are measured."""
        with closing(sqlite3.connect(self.cases, timeout=30)) as connection, connection:
            connection.executemany(_PUT_BACK, self.later)


def make_sample(folder: Path, notices: int, document_bytes: int) -> None:
    """Make a demonstration's folder whose rows all end as viewed, each with a paper of about ``document_bytes``."""
    cases = folder / "cases.db"
    generate(cases, notices=2 * notices + 50, seed=SEED, small_documents=True)
    with closing(sqlite3.connect(cases)) as connection:
        with connection:
            connection.execute(_KEEP_GOOD, [notices])
            connection.execute("UPDATE papers SET document = ?", [sized_paper(document_bytes)])
        connection.execute("VACUUM")
    prepare(folder, notices)
    set_values(folder / SANDBOX_FILE, {"day_seconds": DAY_SECONDS})


@contextmanager
def workplace(sample: Path, warm_up: int, batch: int, signature: dict[str, Any]) -> Iterator[Workplace]:
    """Copy a sample and serve its sandbox while the block runs. At first its case database has ``warm_up`` rows.

    ``batch`` is the number of notices a call, ``signature`` the switches that the program's messages need
    (docs/connect/partner-profiles.md).
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(sample, folder, dirs_exist_ok=True)
        set_values(folder / "gateway.toml", notices_a_call(batch))
        if signature:
            set_values(folder / SANDBOX_FILE, {"signature": signature})
        with closing(sqlite3.connect(folder / "cases.db")) as connection, connection:
            later = connection.execute(_TAKE_OUT, [warm_up]).fetchall()
            connection.executemany("DELETE FROM notices WHERE notice_id = ?", [row[:1] for row in later])
        place = Workplace(folder=folder, later=later)
        place.work_file.write_text(json.dumps(_work(folder, batch), ensure_ascii=False), encoding="utf-8")
        with sandbox_child(folder):
            yield place


def _work(folder: Path, batch: int) -> dict[str, Any]:
    """Return all that a program is given; `benchmarks/peers/README.md` lists it."""
    port = _read(folder / SANDBOX_FILE)["port"]
    bodies = _read(folder / "gateway.toml")["bodies"]
    pki = folder / "pki"
    return {
        "endpoint": f"http://127.0.0.1:{port}/eblagh",
        "wsdl": str(PROFILES / "eblagh-1" / "service.wsdl"),
        "cases": str(folder / "cases.db"),
        "own": str(folder / "own.db"),
        "batch": batch,
        "transport": _pair(pki / "municipality", "transport"),
        "judiciary_certificate": str(pki / "judiciary" / "transport.crt.pem"),
        "receipts_certificate": str(pki / "judiciary" / "receipts.crt.pem"),
        "bodies": {
            code: {"title": body["title"], **_pair(pki / "municipality", f"seal-{code}")}
            for code, body in bodies.items()
        },
    }


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _pair(folder: Path, name: str) -> dict[str, str]:
    return {"key": str(folder / f"{name}.key.pem"), "certificate": str(folder / f"{name}.crt.pem")}
