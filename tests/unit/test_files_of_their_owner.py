"""Verbs write personal data into new files that their owner alone may read, and follow no link that lies there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.cli.notices import notice_show, quarantine, reconcile
from adapters.crypto.keys.secret_file import file_beside

OCTETS = b"a refused message"


@pytest.fixture(autouse=True)
def _usual_mask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def notice(path: Path, _: pytest.MonkeyPatch) -> None:
    """Write as `notice show --save` does."""
    notice_show._write(path, OCTETS)


def finding(path: Path, _: pytest.MonkeyPatch) -> None:
    """Write as `reconcile --out` does."""
    with reconcile._opened(path) as file:
        file.write(OCTETS.decode())


def refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write as `quarantine show --save` does."""
    store = SimpleNamespace(
        quarantine=SimpleNamespace(items=lambda _: ["item"]), evidence=SimpleNamespace(payload=lambda _: OCTETS)
    )
    monkeypatch.setattr(quarantine, "installation_of", lambda _: SimpleNamespace(store=lambda: store))
    monkeypatch.setattr(quarantine, "item_facts", lambda _: {})
    quarantine.show("sha256:0", save=path, as_json=True)


def beside(path: Path, _: pytest.MonkeyPatch) -> None:
    """Write as the exports of a person's data and of evidence do: ``path`` is the incomplete file."""
    with file_beside(path.with_suffix("")) as file:
        file.write(OCTETS)
    path.with_suffix("").rename(path)


@pytest.mark.parametrize("write", [notice, finding, refused, beside])
def test_the_owner_alone_reads_a_file_whatever_lay_there(
    write: Callable[[Path, pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid = tmp_path / "file.partial"
    for is_there in (False, True):
        laid.unlink(missing_ok=True)
        if is_there:
            laid.write_bytes(b"laid here by others")
            laid.chmod(0o666)
        with laid.open("rb") if is_there else (tmp_path / "none").open("w+b") as others:
            write(laid, monkeypatch)
            assert OCTETS not in others.read()
        assert laid.read_bytes() == OCTETS
        assert laid.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("write", [notice, finding, refused, beside])
def test_a_link_is_refused(
    write: Callable[[Path, pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, laid = tmp_path / "of-others", tmp_path / "file.partial"
    target.write_bytes(b"")
    laid.symlink_to(target)
    with pytest.raises(Exception, match="exists"):
        write(laid, monkeypatch)
    assert target.read_bytes() == b""
    assert laid.is_symlink(), "nor is it deleted"
