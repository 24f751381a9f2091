from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.sandbox.pki.devpki import generate
from adapters.storage.sql_store import SqlStore
from tests.archive.recorder import pin
from tests.databases import sqlite_file
from tests.unit.crypto.samples import plan

from .authorities import Authorities
from .notice_recorder import CASE, NoticeRecorder


@pytest.fixture(scope="session")
def known() -> Authorities:
    """Those of `pki`, once it is there."""
    return Authorities()


@pytest.fixture(scope="session")
def pki(known: Authorities, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of this moment: openssl judges time-stamps by the machine's clock."""
    directory = tmp_path_factory.mktemp("evidence-pki") / "pki"
    with known.watching():
        generate(directory, plan("ec-p256"), datetime.now(UTC))
    pin(directory)
    return directory


@pytest.fixture(scope="session")
def recorder(pki: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NoticeRecorder]:
    """Its story is over, and archived: tests only read it."""
    folder = tmp_path_factory.mktemp("town")
    with sqlite_file(folder) as url, closing(SqlStore.open(url)) as store:
        recorder = NoticeRecorder(pki, store, folder / "archive", now=datetime.now(UTC))
        recorder.live()
        yield recorder


@pytest.fixture(scope="session")
def exported(recorder: NoticeRecorder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The evidence file of the first notice."""
    path = tmp_path_factory.mktemp("exported") / "notice.asice"
    recorder.export(path, 1)
    return path


@pytest.fixture(scope="session")
def case(recorder: NoticeRecorder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of the case with the first two."""
    path = tmp_path_factory.mktemp("case") / "case.asice"
    recorder.export(path, case=CASE)
    return path


@pytest.fixture
def own(pki: Path, tmp_path: Path) -> Iterator[NoticeRecorder]:
    """A recorder with a trust folder of its own, which pins the certificate of messages for receipts, too."""
    shutil.copytree(pki, tmp_path / "pki")
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        recorder = NoticeRecorder(tmp_path / "pki", store, tmp_path / "archive", now=datetime.now(UTC))
        shutil.copy(recorder.pki / "judiciary/transport.crt.pem", recorder.trust / "receipts-court+answers.pem")
        recorder.activate()
        yield recorder
