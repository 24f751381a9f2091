from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.sandbox.pki.devpki import generate
from adapters.storage.sql_store import SqlStore
from gateway.record.evidence_record import EvidenceKind
from tests.databases import sqlite_file
from tests.unit.crypto.samples import plan

from .recorder import NOW, Recorder, pin, plain


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("archive-pki") / "pki"
    generate(directory, plan("ec-p256"), NOW)
    pin(directory)
    return directory


@pytest.fixture
def recorder(pki: Path, tmp_path: Path) -> Iterator[Recorder]:
    """A recorder whose store is closed at the end: the one that it has then, which tests may have opened anew."""
    with sqlite_file(tmp_path) as url:
        made = Recorder(pki, SqlStore.open(url), tmp_path / "archive")
        try:
            yield made
        finally:
            made.store.close()


@pytest.fixture(scope="session")
def archived(pki: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with records of every kind: five segments, made on five days."""
    folder = tmp_path_factory.mktemp("archived")
    with sqlite_file(folder) as url, closing(SqlStore.open(url)) as store:
        recorder = Recorder(pki, store, folder / "archive")
        for number in range(0, 12, 3):
            recorder.serve(range(number, number + 3))
            recorder.archive()
            recorder.now += timedelta(days=1)
        recorder.record("answer:x", EvidenceKind.MESSAGE_RECEIVED, plain(b"<forged/>"), refused="verify.unsigned")
        recorder.record("act:1", EvidenceKind.PERSON_ACT, plain(b'{"act":"hold"}'))
        recorder.archive()
        (folder / "early.note").write_bytes(store.log.checkpoints(0, 1)[0].note)
        last = store.log.last_checkpoint()
        assert last is not None
        (folder / "last.note").write_bytes(last.note)
    return folder


@pytest.fixture
def spoiled(archived: Path, tmp_path: Path) -> Path:
    """A copy, to spoil."""
    shutil.copytree(archived / "archive", tmp_path / "archive")
    return tmp_path / "archive"
