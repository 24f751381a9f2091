"""A key outside the database: made once, read once, and bound to its use."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.crypto.keys.key_file import KeyFile, Unopened
from gateway.runtime.errors import GatewayError

BOUND = [b"second factor", b"p-1"]


def key(path: Path, use: str = "console") -> KeyFile:
    return KeyFile(path, use=use, note="A note.", code="people.key")


def test_two_processes_share_a_key(tmp_path: Path) -> None:
    one, other = key(tmp_path / "console.key"), key(tmp_path / "console.key")
    assert other.opened(one.closed(b"secret", BOUND), BOUND) == b"secret"
    assert one.id == other.id
    assert one.keyed_hash("a", "b") == other.keyed_hash("a", "b")
    assert (tmp_path / "console.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "console.key").read_text(encoding="ascii").startswith("# A note.\n")


def test_octets_are_bound_and_never_alike(tmp_path: Path) -> None:
    file = key(tmp_path / "console.key")
    closed = file.closed(b"secret", BOUND)
    assert closed != file.closed(b"secret", BOUND)
    for octets, bound in (
        (closed, [b"second factor", b"p-2"]),
        (closed[:-1] + bytes([closed[-1] ^ 1]), BOUND),
        (b"", BOUND),
        (key(tmp_path / "other.key").closed(b"secret", BOUND), BOUND),
    ):
        with pytest.raises(Unopened):
            file.opened(octets, bound)


def test_hashes_are_of_their_parts_and_of_their_use(tmp_path: Path) -> None:
    file, other_use = key(tmp_path / "console.key"), key(tmp_path / "console.key", "session")
    hashes = {
        file.keyed_hash("a", "b"),
        file.keyed_hash("ab"),
        other_use.keyed_hash("a", "b"),
        file.keyed_hash("\udcff"),
    }
    assert len(hashes) == 4
    assert file.id != other_use.id


def test_what_an_earlier_version_closed_is_opened(tmp_path: Path) -> None:
    """Rows outlive versions: key id, hashes and form of the octets stay."""
    (tmp_path / "console.key").write_text(f"# note\n{'0f' * 32}\n", encoding="ascii")
    file = key(tmp_path / "console.key")
    closed = "71cf2d720f506491d835d4914a5bb771d4642d36dffbb3e4b289abf598be3332c94b7b33704bc89928c613c6"
    assert file.opened(bytes.fromhex(closed), BOUND) == b"JBSWY3DPEHPK3PXP"
    assert file.id == "d6688ccc52d90f26"
    hashed = "d8845ac51b7df3d4bb01054d3c9b3adc838fc63405b30688aa493d2f56a21d2c"
    assert file.keyed_hash("attempt", "account", "zahra").hex() == hashed


@pytest.mark.parametrize("text", ["", "no key\n", f"{'0' * 64}\n{'1' * 64}\n", "سر\n"])
def test_a_file_without_a_key_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "console.key"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GatewayError) as refusal:
        key(path).closed(b"secret", BOUND)
    assert (refusal.value.code, refusal.value.where) == ("people.key", str(path))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match=r"people\.key"):
        _ = key(tmp_path / "nowhere" / "console.key").id
