"""Golden files are added to, and never edited: the program that writes them refuses everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.families import FAMILIES
from tests.golden.keeping import FILES, AlreadyFrozen, add_lines, add_octets, golden_lines
from tests.golden.octets import OCTETS
from tests.golden.write import EVERYTHING, main


def test_an_addition_is_a_further_file(tmp_path: Path) -> None:
    first = add_lines("names", ["b", "a"], tmp_path)
    second = add_lines("names", ["c", "a", "b"], tmp_path)
    assert (first.name, first.read_text(encoding="utf-8")) == ("names.1.txt", "a\nb\n")
    assert (second.name, second.read_text(encoding="utf-8")) == ("names.2.txt", "c\n")
    assert golden_lines("names", tmp_path) == {"a", "b", "c"}


def test_nothing_is_written_where_nothing_is_new_or_a_name_is_gone(tmp_path: Path) -> None:
    add_lines("names", ["a", "b"], tmp_path)
    with pytest.raises(AlreadyFrozen, match="nothing to add"):
        add_lines("names", ["a", "b"], tmp_path)
    with pytest.raises(AlreadyFrozen, match="gone: b"):
        add_lines("names", ["a", "c"], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["names.1.txt"]


def test_a_golden_file_is_never_written_again(tmp_path: Path) -> None:
    add_octets("one", b"as it was", tmp_path)
    with pytest.raises(AlreadyFrozen, match="never edited"):
        add_octets("one", b"another", tmp_path)
    assert (tmp_path / "one").read_bytes() == b"as it was"


def test_a_family_without_a_golden_file_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        golden_lines("names", tmp_path)


def test_the_program_refuses_what_is_frozen_already(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transitions", "archive/segment.json", "signed/rsa-2048", "no-such"]) == 4
    assert capsys.readouterr().out.count("not written") == 4


def test_every_golden_file_has_a_test_and_every_name_a_file() -> None:
    found = {path.relative_to(FILES).as_posix() for path in FILES.rglob("*") if path.is_file()}
    lists = {name for name in found if name.rsplit(".", 2)[0] in FAMILIES}
    signed = {name for name in found if name.startswith("signed/")}
    assert found - lists - signed >= set(OCTETS)
    assert {name.rsplit(".", 2)[0] for name in lists} == set(FAMILIES)
    assert len(EVERYTHING) == len(set(EVERYTHING))
