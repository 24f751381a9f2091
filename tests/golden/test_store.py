"""Files beside the database are read and written as before: payloads, the state file, and texts of cursors."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adapters.storage.fingerprint_file import FingerprintFile
from adapters.storage.payloads.segment_file import HEAD, walk
from gateway.reconciliation.integrity_record import compared
from tests.golden.keeping import FILES, golden_octets
from tests.golden.octets import AT, OCTETS, stored_payloads


class OneCursor:
    """A store with one text."""

    def cursor(self, name: str) -> str | None:
        return golden_octets("store/compared.json").decode() if name == "damage-checked" else None


@pytest.mark.parametrize("name", [name for name in OCTETS if name.startswith("store/")])
def test_a_file_of_the_store_is_written_as_it_always_was(name: str) -> None:
    assert OCTETS[name]() == golden_octets(name)


def test_a_golden_file_of_payloads_is_read() -> None:
    path = FILES / "store" / "payloads.segment"
    assert path.read_bytes().startswith(HEAD)
    with path.open("rb") as file:
        found = list(walk(file))
        assert file.tell() == path.stat().st_size, "no tail is torn"
    assert [record.payload for record in found] == stored_payloads()
    assert all(record.whole for record in found)


def test_a_golden_memory_is_recalled(tmp_path: Path) -> None:
    shutil.copy(FILES / "store" / "gateway.state", tmp_path)
    fingerprint = FingerprintFile(tmp_path / "gateway.state").recall()
    assert fingerprint is not None
    assert fingerprint.epoch == "0123456789abcdef" * 2
    assert fingerprint.records == ("sent:urn:uuid:1", "sent:urn:uuid:2", "receipt:R-1")


def test_a_golden_comparison_is_read() -> None:
    found = compared(OneCursor(), "damage-checked")
    assert found is not None
    assert (found.at, found.notices, found.differ, found.damaged) == (AT, 3, 2, 1)
