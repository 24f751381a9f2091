"""The examples of the pages run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.municipal.files.drop import FileDrop
from adapters.municipal.files.drop_folder import DropFolder
from adapters.municipal.rest.tokens import Tokens
from adapters.storage.sql_store import SqlStore
from gateway.mapping import BodyConfig
from gateway.mapping.case_mapper import CaseMapper
from gateway.notice.source_row import ATTACHMENTS
from tests.brought_attachments import PNG, REPORT
from tests.mappers import case_mapper
from tests.passes.case_table import PDF

from .senders import TOKEN, RestSender

DOCS = Path(__file__).parents[3] / "docs/connect"


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def run(script: str, folder: Path, **environment: str) -> None:
    where = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **environment}
    subprocess.run(["sh", "-eu", "-c", script], cwd=folder, env=where, check=True)


def mapper() -> CaseMapper:
    return case_mapper({"article-100": BodyConfig(code="article-100", title="ماده صد", kinds={"ruling": "رأی"})})


def test_the_example_of_a_dropped_zip_is_taken(store: SqlStore, tmp_path: Path) -> None:
    folder = DropFolder(tmp_path / "drop")
    folder.path.mkdir()
    drop = FileDrop("desk", store.inbox, folder)
    drop.gather()
    [listing, attached], [script] = blocks("file-drop.md", "csv"), blocks("file-drop.md", "sh")
    (tmp_path / "notices.csv").write_text(listing, encoding="utf-8")
    (tmp_path / "1404-17.pdf").write_bytes(PDF)
    run(script, tmp_path, DROP=str(folder.path))
    assert drop.gather() == []
    [row] = drop.rows([mark.key for mark in drop.marks(None, 10)])
    assert mapper().map(row).document.octets == PDF

    (tmp_path / "notices.csv").write_text(listing.replace("1404-17,1,", "1404-17,2,"), encoding="utf-8")
    (tmp_path / "attachments.csv").write_text(attached, encoding="utf-8")
    (tmp_path / "map.png").write_bytes(PNG)
    (tmp_path / "report.pdf").write_bytes(REPORT)
    more = script.replace("1404-17.pdf", "1404-17.pdf attachments.csv map.png report.pdf").replace(
        "notices.zip", "b.zip"
    )
    run(more, tmp_path, DROP=str(folder.path))
    assert drop.gather() == []
    [row] = drop.rows([mark.key for mark in drop.marks(None, 10)])
    found = row.fields[ATTACHMENTS]
    assert isinstance(found, tuple)
    assert [(each["name"], each["title"], each["content"]) for each in found] == [
        ("map.png", "نقشه ملک", PNG),
        ("report.pdf", "گزارش کارشناس", REPORT),
    ]


def test_the_example_of_a_rest_sender_is_taken(
    portal: RestSender,
    store: SqlStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    [script] = blocks("push.md", "python")
    (tmp_path / "ruling.pdf").write_bytes(PDF)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"TOKEN": TOKEN, "GATEWAY": portal.base}
    exec(compile(script, "docs/connect/push.md", "exec"), names)
    names["session"].close()  # type: ignore[attr-defined]
    assert "1404-17 stored \n" in capsys.readouterr().out
    [row] = store.inbox.rows("portal", ["1404-17"])
    assert mapper().map(row).document.octets == PDF


def test_the_example_of_a_token_makes_one_that_is_admitted(tmp_path: Path) -> None:
    [script] = blocks("push.md", "sh")
    run(script, tmp_path)
    tokens = Tokens.load(tmp_path / "portal-tokens")
    assert tokens.admit(f"Bearer {(tmp_path / 'token').read_text().strip()}")
    assert not tokens.admit(f"Bearer {TOKEN}")
