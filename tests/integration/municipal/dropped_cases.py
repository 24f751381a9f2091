"""A municipality's system that drops its rows as files into a folder that it shares with the gateway."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.municipal.files.drop import FileDrop
from adapters.municipal.files.drop_folder import DropFolder
from adapters.municipal.sql.source_config import COLUMNS
from gateway.notice.source_row import CaseSource
from gateway.runtime.clock import Clock, system_clock
from gateway.store.inbox import Inbox
from tests.integration.municipal.pushed_cases import PushedCases

HEADER = ("notice_id", "change_no", *(column for column in COLUMNS if column != "document"))


def csv_of(rows: Sequence[Mapping[str, Any]], header: Sequence[str] = HEADER, encoding: str = "utf-8") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def zip_of(entries: Mapping[str, bytes]) -> bytes:
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in entries.items():
            bundle.writestr(name, content)
    return octets.getvalue()


class Folder:
    """The sender's side of a drop folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "in").mkdir(parents=True, exist_ok=True)

    def drop(self, name: str, octets: bytes, marker: str | None = "") -> None:
        """Write a file, and its marker unless it is None; ``sha256`` is the file's own."""
        (self.path / "in" / name).write_bytes(octets)
        if marker is not None:
            said = f"{hashlib.sha256(octets).hexdigest()}  {name}\n" if marker == "sha256" else marker
            (self.path / "in" / f"{name}.done").write_text(said)

    def names(self, part: str) -> list[str]:
        return sorted(path.name for path in (self.path / part).iterdir())

    def report(self, part: str, name: str) -> Any:
        return json.loads((self.path / part / f"{name}.result.json").read_bytes())

    def results(self) -> list[dict[str, Any]]:
        """Every result that was handed out, in the order of its files."""
        files = sorted((self.path / "results").glob("*.json"))
        return [each for file in files for each in json.loads(file.read_bytes())["results"]]


class DroppedCases(PushedCases):
    """Each row comes in a ZIP of its own."""

    def __init__(self, inbox: Inbox, path: Path, name: str = "cases") -> None:
        super().__init__(inbox, name)
        self.folder = Folder(path)

    def source(self, clock: Clock = system_clock) -> CaseSource:
        return self.drop(clock)

    def drop(self, clock: Clock = system_clock) -> FileDrop:
        return FileDrop(self.name, self.inbox, DropFolder(self.folder.path), clock)

    def bring(self, key: str) -> None:
        version = next(self._versions)
        row = {**self.rows[key], "notice_id": key, "change_no": version}
        entries = {"list.csv": csv_of([row]), row["document_name"]: row["document"]}
        self.folder.drop(f"{version}.zip", zip_of(entries), "sha256")
        assert self.drop().gather() == []
