"""The name of an archive holds for ever: nothing is signed, written or handed over under another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.cli.check import check_archive
from adapters.cli.evidence.archive import write_archive
from adapters.composition.installation import Installation
from adapters.composition.tasks import tasks
from adapters.sandbox.pki.devpki import generate
from adapters.settings import assert_changeable
from adapters.shipped.resources import CONFIG
from gateway.runtime.errors import GatewayError
from tests.databases import make_store
from tests.unit.crypto.samples import plan

NAMED = 'origin = "eblagh.municipality.example/archive"'
OTHER = 'origin = "other.example/archive"'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installation with one record and its checkpoint, in a segment and at a witness; then another name."""
    generate(tmp_path / "pki", plan("ec-p256"), datetime.now(UTC))
    before, _, rest = (CONFIG / "demo.toml").read_text(encoding="utf-8").partition("[[archive.time_authorities]]")
    witness = '[[archive.witnesses]]\nname = "clerk"\nkind = "folder"\nfolder = "witness"\n[service]'
    text = before + witness + rest.partition("[service]")[2]
    assert NAMED in text
    (tmp_path / "witness").mkdir()
    (tmp_path / "gateway.toml").write_text(text, encoding="utf-8")
    make_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    with closing(Installation.of(tmp_path / "gateway.toml")) as installation:
        installation.record_configuration()
        report = write_archive(installation)
        assert (report.errors, report.counts["witnesses"]) == ([], 1)
    (tmp_path / "gateway.toml").write_text(text.replace(NAMED, OTHER), encoding="utf-8")
    return tmp_path


@pytest.fixture
def renamed(folder: Path) -> Iterator[Installation]:
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        yield installation


def _of_pass(kind: str) -> Callable[[Installation], object]:
    return lambda installation: [task.run(lambda: True) for task in tasks(installation, [kind])]


@pytest.mark.parametrize(
    "attempt",
    [check_archive.archive, _of_pass("archive"), _of_pass("witness"), write_archive],
    ids=["check", "archive", "witness", "write"],
)
def test_another_name_is_refused(
    renamed: Installation, folder: Path, attempt: Callable[[Installation], object]
) -> None:
    before = sorted(folder.glob("archive/*")), sorted(folder.glob("witness/*"))
    last = renamed.store().log.last_checkpoint()
    with pytest.raises(GatewayError) as refused:
        attempt(renamed)
    lines = (folder / "gateway.toml").read_text(encoding="utf-8").splitlines()
    where = f"{folder / 'gateway.toml'}, line {lines.index(OTHER) + 1}, archive.origin"
    assert (refused.value.code, refused.value.where) == ("archive.origin", where)
    assert "eblagh.municipality.example/archive" in refused.value.detail
    assert "other.example/archive" in refused.value.detail
    assert renamed.store().log.last_checkpoint() == last
    assert (sorted(folder.glob("archive/*")), sorted(folder.glob("witness/*"))) == before


def test_the_folder_has_the_name_even_if_the_store_is_new(folder: Path) -> None:
    (folder / "gateway.db").rename(folder / "old.db")
    for beside in ("gateway.db-wal", "gateway.db-shm"):
        (folder / beside).unlink(missing_ok=True)
    make_store(f"sqlite:///{folder / 'gateway.db'}")
    with (
        closing(Installation.of(folder / "gateway.toml")) as installation,
        pytest.raises(GatewayError, match=r"archive\.origin"),
    ):
        check_archive.archive(installation)


def test_the_name_cannot_change_while_the_service_runs(renamed: Installation) -> None:
    archive = renamed.settings.configured_archive
    before = renamed.settings.model_copy(update={"archive": archive.model_copy(update={"origin": "eblagh.example"})})
    with pytest.raises(GatewayError) as refused:
        assert_changeable(renamed.file, before, renamed.settings)
    assert (refused.value.code, refused.value.detail) == ("config.restart", "archive.origin")
    assert_changeable(renamed.file, before.model_copy(update={"archive": None}), renamed.settings)
