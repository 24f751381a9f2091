"""Notices are found by their recipients' identifiers, which no database, file or line of a log ever holds."""

from __future__ import annotations

import hashlib
import hmac
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from adapters.crypto.keys.recipient_key_file import RecipientKeyFile
from gateway.notice.recipient_index import IndexEntry, RecipientKey, Unindexed, index_recipients
from gateway.runtime.errors import GatewayError

ID = "0012345679"
ONE, TWO = RecipientKey(b"\x01" * 32), RecipientKey(b"\x02" * 32)


class Index:
    """Notices N0, N1, … in memory; the seal of number ``n`` has the digest ``seal n``."""

    def __init__(self, notices: int) -> None:
        self.references = [f"N{number:04}" for number in range(notices)]
        self.entries: dict[tuple[str, str], str] = {}

    def unindexed(self, key_id: str, after: str, limit: int) -> list[Unindexed]:
        missing = [ref for ref in self.references if ref > after and (ref, key_id) not in self.entries]
        return [Unindexed(reference=ref, seal_digest=f"seal {ref}") for ref in missing[:limit]]

    def count_unindexed(self, *key_ids: str) -> int:
        return sum(not any((ref, id) in self.entries for id in key_ids) for ref in self.references)

    def sizes(self) -> dict[str, int]:
        ids = [id for _, id in self.entries]
        return {id: ids.count(id) for id in ids}

    def add(self, entries: Sequence[IndexEntry]) -> None:
        for each in entries:
            self.entries.setdefault((each.reference, each.key_id), each.keyed_hash)

    def drop_others(self, key_id: str, limit: int) -> int:
        going = [key for key in self.entries if key[1] != key_id][:limit]
        for key in going:
            del self.entries[key]
        return len(going)


@pytest.fixture
def file(tmp_path: Path) -> RecipientKeyFile:
    return RecipientKeyFile(tmp_path / "recipient.key")


def test_the_hash_is_an_hmac_of_sha256_and_names_its_key() -> None:
    found = ONE.hash_of(ID)
    assert found.keyed_hash == hmac.new(b"\x01" * 32, b"recipient\0" + ID.encode(), hashlib.sha256).hexdigest()
    assert found.key_id == ONE.id != TWO.id
    assert TWO.hash_of(ID).keyed_hash != found.keyed_hash
    assert (b"\x01" * 32).hex() not in repr(ONE)


def test_backfill_is_bounded_repeatable_and_ends() -> None:
    index = Index(250)
    first = index_recipients(index, ONE, lambda _: ID, limit=120)
    assert (first.indexed, first.remaining, first.complete) == (120, 130, False)
    second = index_recipients(index, ONE, lambda _: ID, limit=1000)
    assert (second.indexed, second.remaining, second.complete) == (130, 0, True)
    assert index_recipients(index, ONE, lambda _: ID, limit=1000).indexed == 0


def test_a_rotation_keeps_earlier_entries_until_all_notices_have_new_ones() -> None:
    index = Index(150)
    index_recipients(index, ONE, lambda _: ID, limit=1000)
    index_recipients(index, TWO, lambda _: ID, limit=100)
    assert index.sizes() == {ONE.id: 150, TWO.id: 100}
    done = index_recipients(index, TWO, lambda _: ID, limit=100)
    assert (done.dropped, index.sizes()) == (150, {TWO.id: 150})


def test_deleted_octets_stop_no_backfill() -> None:
    def identifier_of(digest: str) -> str:
        if digest.endswith("7"):
            raise GatewayError("retention.deleted")
        return ID

    done = index_recipients(Index(20), ONE, identifier_of, limit=1000)
    assert (done.indexed, done.deleted, done.remaining, done.complete) == (18, 2, 2, True)


def test_the_file_of_keys_is_its_owners_alone(file: RecipientKeyFile) -> None:
    assert file.current() is None
    made = file.create()
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    file.assert_private()
    assert file.known() == [made]
    with pytest.raises(GatewayError) as refused:
        file.create()
    assert (refused.value.code, file.known()) == ("search.key-exists", [made])
    file.path.chmod(0o640)
    with pytest.raises(GatewayError) as open_to_others:
        file.assert_private()
    assert open_to_others.value.code == "search.key-open"


def test_a_key_is_rotated_and_retired(file: RecipientKeyFile) -> None:
    first = file.create()
    second = file.rotate()
    assert file.known() == [second, first]
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert file.retire() == [first]
    assert (file.known(), file.retire()) == ([second], [])
    assert [path.name for path in file.path.parent.iterdir()] == ["recipient.key"]


@pytest.mark.parametrize("octets", [b"", b"# none\n", b"00ff\n", "کلید\n".encode(), b"\x00\xff"])
def test_a_spoilt_file_of_keys_is_told(file: RecipientKeyFile, octets: bytes) -> None:
    file.path.write_bytes(octets)
    with pytest.raises(GatewayError) as refused:
        file.known()
    assert refused.value.code == "search.key-unreadable"
    assert "Error" not in refused.value.detail


def test_no_key_is_rotated_that_is_not_there(file: RecipientKeyFile) -> None:
    for act in (file.rotate, file.retire):
        with pytest.raises(GatewayError) as refused:
            act()
        assert refused.value.code == "search.no-key"
