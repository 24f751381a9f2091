"""A verb that cannot write its file, or that gets no text as an argument, ends as wrong usage and names the cause."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.cli.evidence import checkpoints
from adapters.cli.legal import calendar_verbs
from adapters.cli.legal.issued_file import assert_new
from adapters.cli.notices import notice_show, quarantine
from adapters.terminal.printing import MISUSE, exit_code
from gateway.runtime.errors import GatewayError

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _installation(monkeypatch: pytest.MonkeyPatch) -> None:
    log = SimpleNamespace(
        last_checkpoint=lambda: SimpleNamespace(note=b"", size=1), size=lambda: 1, tile=lambda *_: bytes(32)
    )
    store = SimpleNamespace(
        log=log,
        quarantine=SimpleNamespace(items=lambda _: ["item"]),
        evidence=SimpleNamespace(payload=lambda _: b""),
    )
    signer = SimpleNamespace(verifier=SimpleNamespace(name="city"))
    for verbs in (checkpoints, quarantine):
        monkeypatch.setattr(
            verbs, "installation_of", lambda _: SimpleNamespace(store=lambda: store, checkpoints=signer)
        )
    monkeypatch.setattr(checkpoints, "_opened", lambda *_: SimpleNamespace(size=1))
    monkeypatch.setattr(calendar_verbs, "seed", lambda _: "")


def saved(path: Path) -> None:
    store: Any = SimpleNamespace(payload=lambda _: b"")
    row: Any = SimpleNamespace(kind="PERSON_ACT", payload_digest="", header=b'{"context": {}}')
    notice_show._save(store, [row], path)


WRITERS: dict[str, Callable[[Path], object]] = {
    "notice show --save": saved,
    "quarantine show --save": lambda path: quarantine.show("sha256:0", save=path),
    "archive checkpoint --output": lambda path: checkpoints.checkpoint(output=path),
    "archive prove --output": lambda path: checkpoints.prove(path, path, output=path),
    "legal calendar seed --into": lambda path: calendar_verbs.seed_calendar("1409", folder=path),
}


@pytest.mark.parametrize("verb", WRITERS)
def test_a_path_that_cannot_be_written_is_wrong_usage(verb: str, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_bytes(b"")
    with pytest.raises(GatewayError, match=r"program\.output") as refused:
        WRITERS[verb](tmp_path / "a-file/below")
    assert exit_code(refused.value) == MISUSE
    assert refused.value.where.startswith(str(tmp_path / "a-file/below"))


def test_a_name_that_the_system_refuses_is_no_file_that_is_there(tmp_path: Path) -> None:
    # `Path.exists` of Python 3.11 raises for it, as for a folder that this account may not search.
    assert_new(tmp_path / ("x" * 300))


@pytest.mark.parametrize("program", ["adapters.cli.main", "adapters.verifier.verbs.main"])
def test_an_argument_that_is_no_utf_8_is_wrong_usage(program: str) -> None:
    command: list[str | bytes] = [
        sys.executable,
        "-c",
        f"from {program} import run; run()",
        "notice",
        "show",
        b"EB-\xff",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, env={**os.environ, "PYTHONUTF8": "1"}, check=False)
    told = done.stderr.decode()
    assert done.returncode == MISUSE
    assert "program.argument" in told
    assert r"EB-\xff" in told
    assert "کدگذاری" in told
