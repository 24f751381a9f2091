"""A demonstration makes its folder, and takes none in which others have files."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sandbox.verbs.demo_folder import locked
from gateway.runtime.errors import GatewayError


@pytest.mark.parametrize("name", ["gateway.toml", "passwd", "postgresql.conf"])
def test_a_folder_of_others_stays_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(GatewayError) as refused, locked(tmp_path):
        pass
    assert (refused.value.code, refused.value.where, refused.value.detail) == ("demo.folder", str(tmp_path), name)
    assert [each.name for each in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    "names", [(), (".lock",), (".lock", "archive", "witness"), ("cases.db",), ("sandbox.toml", "notes.txt")]
)
def test_its_own_folder_is_taken(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (tmp_path / name).touch()
    with locked(tmp_path):
        assert (tmp_path / ".lock").exists()
