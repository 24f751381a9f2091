"""A profile's bundle: the same files are the same octets, for ever, and no other octets are taken for a bundle."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from adapters.settings import profile_in, read_folder, unpacked
from adapters.shipped.resources import PROFILES
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError
from gateway.versions.bundle import MAX_BYTES, MAX_FILES, bundled, unbundled

FILES = {"profile.toml": b"format = 1\n", "schemas/messages.xsd": b"<xsd/>", "service.wsdl": b"<wsdl/>"}


def zipped(entries: Mapping[str, bytes], *, packed: bool = False, comment: bytes = b"") -> bytes:
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, archive.compression)
        archive.comment = comment
    return octets.getvalue()


def renamed(name: bytes) -> bytes:
    """A bundle in which a name was changed for one of the same length, in both places where it stands."""
    assert len(name) == len(b"profile.toml")
    return bundled(FILES).replace(b"profile.toml", name)


def refused(code: str = "profile.bundle") -> object:
    return pytest.raises(GatewayError, match=rf"\[{code}\]")


def test_a_bundle_is_the_same_octets_whoever_makes_it_whenever() -> None:
    octets = bundled(FILES)
    assert bundled(dict(reversed(FILES.items()))) == octets
    assert sha256(octets) == "sha256:7ad6bf57a31c3988fbe587e9234bf3ea898306e20d144ced6ebc5d667513d681"
    assert unbundled(octets) == FILES


def test_any_tool_for_zip_files_opens_it() -> None:
    with zipfile.ZipFile(io.BytesIO(bundled(FILES))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


@pytest.mark.parametrize("name", ["eblagh-1", "eblagh-rest-1"])
def test_a_shipped_profile_becomes_a_bundle_and_comes_back(name: str, tmp_path: Path) -> None:
    octets = bundled(read_folder(PROFILES / name))
    folder = unpacked(octets, tmp_path / "state")
    assert profile_in(folder, name).digest == profile_in(PROFILES / name, name).digest == sha256(octets)


def duplicate() -> bytes:
    """Two entries of one name: which one is read depends on the tool."""
    octets = bytearray(bundled({"a.xsd": b"1", "b.xsd": b"2"}))
    return bytes(octets.replace(b"b.xsd", b"a.xsd"))


def overlapping() -> bytes:
    """Entries in the directory that all name the same octets: small outside, large inside."""
    content, name = b"0" * 100_000, b"a" * 8
    about = (20, 0, 0, 0, 0x21, zlib.crc32(content), len(content), len(content), 8, 0)
    local = struct.pack("<4s5H3I2H", b"PK\3\4", *about) + name + content
    central = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, *about, 0, 0, 0, 0, 0) + f"{number:08}".encode()
        for number in range(500)
    )
    return local + central + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 500, 500, len(central), len(local), 0)


DAMAGED: dict[str, Callable[[], bytes]] = {
    "no ZIP file": lambda: b"profile",
    "nothing": lambda: b"",
    "no files": lambda: zipped({}),
    "one octet changed": lambda: bundled(FILES).replace(b"<xsd/>", b"<XSD/>"),
    "cut off": lambda: bundled(FILES)[:-1],
    "octets before it": lambda: b"#!" + bundled(FILES),
    "octets behind it": lambda: bundled(FILES) + b"\0",
    "a comment": lambda: zipped(FILES, comment=b"hello"),
    "packed": lambda: zipped(FILES, packed=True),
    "a time": lambda: zipped(FILES),
    "names in another order": lambda: zipped(dict(reversed(FILES.items()))),
    "two entries of one name": duplicate,
    "names that differ in capitals alone": lambda: zipped({"A.xsd": b"", "a.xsd": b""}),
    "a file and a folder of one name": lambda: zipped({"a": b"", "a/b.xsd": b""}),
    "a folder as an entry": lambda: zipped({"schemas/": b""}),
    "a path upwards": lambda: renamed(b"../ofile.tom"),
    "a path upwards in the middle": lambda: renamed(b"a/../ofile.t"),
    "an absolute path": lambda: renamed(b"/rofile.toml"),
    "a path of another system": lambda: renamed(b"..\\ofile.tom"),
    "a drive of another system": lambda: renamed(b"C:ofile.toml"),
    "an empty part of a path": lambda: renamed(b"a//ofile.tom"),
    "a hidden file": lambda: renamed(b".rofile.toml"),
    "a NUL": lambda: renamed(b"profile\0toml"),
    "a line feed": lambda: renamed(b"profile\ntoml"),
    "a name that no ASCII has": lambda: zipped({"پروفایل.toml": b""}),
    "too deep": lambda: zipped({"a/b/c/d/e/f.xsd": b""}),
    "too many files": lambda: zipped({f"{number}.xsd": b"" for number in range(MAX_FILES + 1)}),
    "too large": lambda: zipped({"a.xsd": b"0" * (MAX_BYTES + 1)}),
    "small outside, large inside": lambda: zipped({"a.xsd": b"0" * (MAX_BYTES + 1)}, packed=True),
    "many entries over the same octets": overlapping,
}
"""Octets that are no bundle, each named after its defect."""


@pytest.mark.parametrize("defect", DAMAGED)
def test_what_is_no_bundle_is_refused(defect: str) -> None:
    with refused():
        unbundled(DAMAGED[defect]())


def link(folder: Path) -> None:
    (folder / "messages.xsd").symlink_to(folder.parent / "secret")


def linked_folder(folder: Path) -> None:
    (folder / "schemas").symlink_to(folder.parent)


TRICKS: dict[str, Callable[[Path], object]] = {
    "a link": link,
    "a link to a folder": linked_folder,
    "a pipe": lambda folder: os.mkfifo(folder / "messages.xsd"),
    "a name that another machine reads otherwise": lambda folder: (folder / "a\\b.xsd").touch(),
    "a name with a line feed": lambda folder: (folder / "a\nb.xsd").touch(),
    "too large": lambda folder: (folder / "messages.xsd").write_bytes(b"0" * MAX_BYTES),
    "too many files": lambda folder: [(folder / f"{number}.xsd").touch() for number in range(MAX_FILES + 1)],
    "too deep": lambda folder: (folder / "a/b/c/d/e/f").mkdir(parents=True),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_folder_with_more_than_files_is_refused(trick: str, tmp_path: Path) -> None:
    folder = tmp_path / "profile"
    folder.mkdir()
    (folder / "profile.toml").write_bytes(b"format = 1\n")
    (tmp_path / "secret").write_bytes(b"not for the judiciary")
    TRICKS[trick](folder)
    with refused():
        read_folder(folder)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with refused("profile.folder"):
        read_folder(tmp_path / "none")


def test_hidden_files_are_no_part_of_a_profile(tmp_path: Path) -> None:
    (tmp_path / "profile.toml").write_bytes(b"format = 1\n")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").touch()
    assert read_folder(tmp_path) == {"profile.toml": b"format = 1\n"}


def changed(folder: Path) -> None:
    (folder / "service.wsdl").write_bytes(b"<other/>")


def emptied(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def replaced_by_a_link(folder: Path) -> None:
    elsewhere = folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(elsewhere)


SPOILT: dict[str, Callable[[Path], object]] = {
    "a file that was changed": changed,
    "a file that is missing": lambda folder: (folder / "service.wsdl").unlink(),
    "a file beside them": lambda folder: (folder / "more.xsd").touch(),
    "a file that became a link": lambda folder: (
        (folder / "service.wsdl").unlink(),
        (folder / "service.wsdl").symlink_to(folder / "profile.toml"),
    ),
    "half of it, after a crash": emptied,
    "a link in its place": replaced_by_a_link,
}


@pytest.mark.parametrize("how", SPOILT)
def test_what_was_unpacked_is_made_whole_at_each_start(how: str, tmp_path: Path) -> None:
    octets = bundled(FILES)
    folder = unpacked(octets, tmp_path / "state")
    assert folder.name == sha256(octets).removeprefix("sha256:")
    SPOILT[how](folder)
    assert unpacked(octets, tmp_path / "state") == folder
    assert not folder.is_symlink()
    assert read_folder(folder) == FILES


def test_a_state_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with refused("profile.folder"):
        unpacked(bundled(FILES), tmp_path / "state")
