"""Signed files as the gateway writes them: an archive and evidence files, each with what an auditor trusts.

Their keys were made for them and thrown away, so nobody can make them again: they are read, and never compared.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZipFile

from adapters.sandbox.pki.devpki import generate
from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import audit_archive
from adapters.verifier.evidence.evidence_verification import verify_file
from tests.archive.recorder import pin
from tests.databases import sqlite_file
from tests.evidence.notice_recorder import NoticeRecorder
from tests.golden.keeping import FILES
from tests.unit.crypto.samples import plan

FOLDER: Final = FILES / "signed"
KEYS: Final = ("rsa-2048", "ec-p256")
_AT: Final = datetime(2026, 2, 3, 9, 30, 15, 123456, tzinfo=UTC)


def make(keys: str, folder: Path) -> None:
    """Make the samples of one kind of key. Raises ``FileExistsError`` where the folder is there."""
    folder.mkdir(parents=True)
    with TemporaryDirectory() as place, sqlite_file(Path(place)) as url, closing(SqlStore.open(url)) as store:
        pki = Path(place) / "pki"
        generate(pki, plan(keys), _AT)
        pin(pki)
        recorder = NoticeRecorder(pki, store, folder / "archive", now=_AT)
        recorder.live()
        recorder.export(folder / "notice.asice", 1)
        shutil.copytree(recorder.trust, folder / "trust")


def verdicts(folder: Path) -> Iterator[str]:
    """Yield what auditors find today: a line for each check of the archive and of the evidence file."""
    report = audit_archive(folder / "archive", folder / "trust", workers=1)
    yield from (f"archive: {check.value}: {verdict.value}" for check, verdict in report.verdicts.items())
    yield f"archive: {report.records} records"
    audit = verify_file(folder / "notice.asice", folder / "trust")
    yield from (f"evidence file: {check.value}: {verdict.value}" for check, verdict in audit.verdicts.items())


def members(folder: Path) -> Iterator[str]:
    """Yield the names of what stands in the archive's segments and in the evidence file."""
    for path in (*sorted((folder / "archive").iterdir()), folder / "notice.asice"):
        with ZipFile(path) as file:
            yield from (f"{path.name}: {name}" for name in file.namelist())
