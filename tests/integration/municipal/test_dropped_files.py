"""Dropped files one by one: what is taken, and what each defect of a file or a row is refused for."""

from __future__ import annotations

import base64
import os
import struct
import zipfile
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from adapters.municipal.files import csv_list, zip_bundle
from adapters.municipal.files.drop import FileDrop
from adapters.municipal.files.drop_folder import DropFolder
from adapters.storage.sql_store import SqlStore
from gateway.notice.source_row import CaseRow
from gateway.runtime.errors import CATALOGUE, GatewayError
from tests.databases import DATABASES
from tests.integration.municipal.case_database import PDF
from tests.integration.municipal.dropped_cases import HEADER, Folder, csv_of, zip_of
from tests.passes.case_table import ROW

_NS = "urn:eblagh:push:1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with DATABASES["sqlite"](tmp_path) as url, closing(SqlStore.open(url)) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "drop")


@pytest.fixture
def drop(store: SqlStore, folder: Folder) -> FileDrop:
    return FileDrop("desk", store.inbox, DropFolder(folder.path))


def row(key: str, version: object = 1, **changed: object) -> dict[str, Any]:
    return {
        **ROW,
        "paper_number": key,
        "document_name": f"{key}.pdf",
        "notice_id": key,
        "change_no": version,
        **changed,
    }


def bundle(*keys: str) -> dict[str, bytes]:
    return {"list.csv": csv_of([row(key) for key in keys]), **{f"{key}.pdf": PDF for key in keys}}


def xml_of(*rows: str) -> bytes:
    return f'<m:Rows xmlns:m="{_NS}">{"".join(rows)}</m:Rows>'.encode()


def xml_row(key: str, document: str, version: str = "1") -> str:
    return (
        f"<m:Row><m:Key>{key}</m:Key><m:Version>{version}</m:Version>"
        f"<m:Field><m:Name>subject</m:Name><m:Value>ابلاغ رأی</m:Value></m:Field>"
        f"<m:Document><m:Name>document</m:Name>{document}</m:Document></m:Row>"
    )


def brought(drop: FileDrop) -> list[CaseRow]:
    return list(drop.rows([mark.key for mark in drop.marks(None, 100)]))


ENCODED = base64.b64encode(PDF).decode()

GOOD = {
    "list.csv": csv_of([row("1", document=ENCODED)], [*HEADER, "document"]),
    "with a byte order mark.csv": csv_of([row("1", document=ENCODED)], [*HEADER, "document"], "utf-8-sig"),
    "with semicolons.csv": b"notice_id;change_no;subject;document\r\n1;1;"
    + "ابلاغ رأی".encode()
    + b";"
    + ENCODED.encode(),
    "list.xml": xml_of(xml_row("1", f"<m:Content>{ENCODED}</m:Content>")),
    "بسته.zip": zip_of(bundle("1")),
    "with an xml list.ZIP": zip_of({"list.XML": xml_of(xml_row("1", "<m:File>a.pdf</m:File>")), "a.pdf": PDF}),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_becomes_rows(drop: FileDrop, folder: Folder, name: str) -> None:
    folder.drop(name, GOOD[name], "sha256")
    assert drop.gather() == []
    (found,) = brought(drop)
    assert (found.key, found.fields["subject"], found.fields["document"]) == ("1", "ابلاغ رأی", PDF)
    assert folder.names("in") == []


def test_a_file_without_its_marker_is_not_taken(drop: FileDrop, folder: Folder) -> None:
    folder.drop("list.csv", GOOD["list.csv"], marker=None)
    (folder.path / "in" / "later.csv.done").touch()
    assert drop.gather() == []
    assert brought(drop) == []
    assert "1 files wait for their marker" in drop.check()
    assert folder.names("in") == ["later.csv.done", "list.csv"]


def test_a_link_is_not_followed(drop: FileDrop, folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_bytes(GOOD["list.csv"])
    (folder.path / "in" / "list.csv").symlink_to(tmp_path / "elsewhere.csv")
    (folder.path / "in" / "list.csv.done").touch()
    assert drop.gather() == []
    assert brought(drop) == []


def test_a_file_that_comes_again_has_no_second_effect(drop: FileDrop, folder: Folder) -> None:
    for _ in range(2):
        folder.drop("list.csv", GOOD["list.csv"])
        drop.gather()
    assert len(drop.marks(None, 10)) == 1
    assert drop.marks(None, 10)[0].version == f"{1:020d}"


def forged(octets: bytes, size: int) -> bytes:
    """The last entry claims another size, in its own header and in the directory."""
    place = octets.rindex(b"PK\x01\x02") + 24
    local = octets.rindex(b"PK\x03\x04") + 22
    octets = octets[:place] + struct.pack("<I", size) + octets[place + 4 :]
    return octets[:local] + struct.pack("<I", size) + octets[local + 4 :]


def twice(name: str) -> bytes:
    octets = BytesIO()
    with zipfile.ZipFile(octets, "w") as made:
        made.writestr("list.csv", csv_of([row("1")]))
        made.writestr("1.pdf", PDF)
        with pytest.warns(UserWarning, match="Duplicate") if name == "1.pdf" else pytest.MonkeyPatch.context():
            made.writestr(name, PDF)
    return octets.getvalue()


def encrypted() -> bytes:
    octets = bytearray(zip_of(bundle("1")))
    octets[octets.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(octets)


WHOLE = {
    ("no ending", b"x"): "file.kind",
    ("list.pdf", PDF): "file.kind",
    ("empty.csv", b""): "file.header",
    ("of windows-1256.csv", "notice_id,change_no\n۱,1\n".encode("utf-16")): "file.encoding",
    ("with a nul.csv", b"notice_id,change_no\n1\0,1\n"): "file.encoding",
    ("without a version.csv", b"notice_id,subject\n1,x\n"): "file.header",
    ("with a column twice.csv", b"notice_id,change_no,subject,subject\n1,1,a,b\n"): "file.header",
    ("with a column without a name.csv", b"notice_id,change_no,\n1,1,a\n"): "file.header",
    ("with an open quotation.csv", b'notice_id,change_no\n"1,1\n'): "file.list",
    ("of another kind.xml", b"<Rows/>"): "file.xml",
    ("with a doctype.xml", b"<!DOCTYPE a><Rows/>"): "file.xml",
    ("with an entity.xml", b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><Rows>&e;</Rows>'): "file.xml",
    ("with an unknown element.xml", xml_of("<m:Other/>")): "file.xml",
    ("cut off.xml", xml_of()[:-3]): "file.xml",
    ("deep.xml", xml_of("<m:Row>" * 40 + "</m:Row>" * 40)): "file.xml",
    ("no zip.zip", b"PK"): "file.zip",
    ("encrypted.zip", encrypted()): "file.zip",
    ("without a list.zip", zip_of({"1.pdf": PDF})): "file.list",
    ("with two lists.zip", zip_of({**bundle("1"), "other.csv": b""})): "file.list",
    ("with a list in latin.zip", zip_of({"list.csv": b"\xe9"})): "file.encoding",
    ("with a path.zip", zip_of({**bundle("1"), "../1.pdf": PDF})): "file.entry-name",
    ("with a folder.zip", zip_of({**bundle("1"), "a/1.pdf": PDF})): "file.entry-name",
    ("with a drive.zip", zip_of({**bundle("1"), "C:1.pdf": PDF})): "file.entry-name",
    ("with a backslash.zip", zip_of({**bundle("1"), "..\\1.pdf": PDF})): "file.entry-name",
    ("with a name for the right.zip", zip_of({**bundle("1"), "a\u202efdp.exe": PDF})): "file.entry-name",
    ("with a name twice.zip", twice("1.pdf")): "file.entry-twice",
    ("with a name in capitals.zip", twice("1.PDF")): "file.entry-twice",
    ("bomb.zip", zip_of({**bundle("1"), "2.pdf": b"0" * 50_000_000})): "file.bomb",
    ("claims to be huge.zip", forged(zip_of(bundle("1")), 3_000_000_000)): "file.bomb",
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(("file", "code"), WHOLE.items(), ids=[name for name, _ in WHOLE])
def test_a_defect_of_the_whole_refuses_the_whole(
    drop: FileDrop, folder: Folder, file: tuple[str, bytes], code: str
) -> None:
    name, octets = file
    folder.drop(name, octets)
    (error,) = drop.gather()
    assert error.code == code
    assert error.where.startswith(f"desk {name}")
    assert drop.marks(None, 10) == []
    reported = folder.report("refused", name)
    assert (reported["taken"], reported["refused_because"]["code"]) == (False, code)
    assert CATALOGUE[code].fa in reported["refused_because"]["reason"]
    assert reported["refused_because"]["who_must_act"] == "municipality"
    assert folder.names("refused") == sorted([name, f"{name}.result.csv", f"{name}.result.json"])
    assert (folder.names("in"), folder.names("work")) == ([], [])
    assert drop.gather() == []


def test_what_is_not_what_its_marker_says_is_refused(drop: FileDrop, folder: Folder) -> None:
    for name, marker in (("cut off.csv", "0" * 64), ("not a digest.csv", "ready")):
        folder.drop(name, GOOD["list.csv"], marker)
    assert [error.code for error in drop.gather()] == ["file.digest", "file.digest"]


def test_a_list_of_too_many_rows_is_refused(drop: FileDrop, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_list, "MAX_ROWS", 2)
    folder.drop("list.csv", csv_of([row(str(number)) for number in range(3)]))
    assert [error.code for error in drop.gather()] == ["file.too-many-rows"]


def test_a_file_that_is_too_large_is_refused_unread(drop: FileDrop, folder: Folder) -> None:
    path = folder.path / "in" / "list.csv"
    path.touch()
    os.truncate(path, 65 * 1024 * 1024)
    path.with_name("list.csv.done").touch()
    assert [error.code for error in drop.gather()] == ["file.too-large"]


def test_reading_an_entry_stops_at_the_size_of_a_document(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The directory may say anything of it."""
    path = tmp_path / "bomb.zip"
    path.write_bytes(forged(zip_of({"list.csv": b"", "1.pdf": os.urandom(1000) * 20_000}), 5_000_000))
    monkeypatch.setattr(zip_bundle, "MAX_DOCUMENT_BYTES", 1000)
    with closing(zip_bundle.Bundle(path)) as opened:
        assert len(opened.read("1.pdf")) <= 1001


def _broken_entry() -> bytes:
    """A PDF's octets are not those of its check sum."""
    octets = bytearray(zip_of({"list.csv": csv_of([row("1"), row("2")]), "2.pdf": PDF, "1.pdf": os.urandom(500)}))
    octets[octets.rindex(b"PK\x03\x04") + 200] ^= 1
    return bytes(octets)


LINES = {
    "no key": (csv_of([row("1"), row("")]), "row 3", "push.key"),
    "a key with a NUL": (csv_of([row("1"), row("2" * 501)]), "row 3", "push.key"),
    "no version": (csv_of([row("1"), row("2", "")]), "row 3", "push.version"),
    "a version of words": (csv_of([row("1"), row("2", "دو")]), "row 3", "push.version"),
    "a version below nothing": (csv_of([row("1"), row("2", -1)]), "row 3", "push.version"),
    "a text beyond measure": (csv_of([row("1"), row("2", subject="x" * 20_001)]), "row 3", "push.field"),
    "a field too few": (csv_of([row("1")]) + b"2,1\r\n", "row 3", "file.row"),
    "another content": (csv_of([row("1"), row("1", subject="x")]), "row 3", "push.version-reused"),
    "an older version": (csv_of([row("1", 5), row("1", 4)]), "row 3", "push.version-older"),
    "no base64": (
        csv_of([row("1", document=""), row("2", document="PDF!")], [*HEADER, "document"]),
        "row 3",
        "push.document",
    ),
}


@pytest.mark.parametrize(("octets", "place", "code"), LINES.values(), ids=LINES)
def test_a_bad_row_refuses_itself_alone(drop: FileDrop, folder: Folder, octets: bytes, place: str, code: str) -> None:
    folder.drop("list.csv", octets)
    assert drop.gather() == []
    assert [mark.key for mark in drop.marks(None, 10)] == ["1"]
    (refused,) = [item.error for item in drop._open["list.csv"] if item.error]
    assert (refused.code, refused.where) == (code, place)


BUNDLES = {
    "a PDF is missing": ({**bundle("1", "2"), "2.pdf": None}, "row 3", "file.document-missing"),
    "nobody names a PDF": ({**bundle("1"), "2.pdf": PDF}, "2.pdf", "file.document-unlisted"),
}


@pytest.mark.parametrize(("entries", "place", "code"), BUNDLES.values(), ids=BUNDLES)
def test_a_zip_that_lacks_a_pdf_or_a_row_says_which(
    drop: FileDrop, folder: Folder, entries: dict[str, bytes | None], place: str, code: str
) -> None:
    folder.drop("b.zip", zip_of({name: octets for name, octets in entries.items() if octets is not None}))
    assert drop.gather() == []
    assert [mark.key for mark in drop.marks(None, 10)] == ["1"]
    (refused,) = [item.error for item in drop._open["b.zip"] if item.error]
    assert (refused.code, refused.where) == (code, place)


def test_a_pdf_whose_check_sum_is_wrong_refuses_its_row(drop: FileDrop, folder: Folder) -> None:
    folder.drop("b.zip", _broken_entry())
    assert drop.gather() == []
    assert [item.error and item.error.code for item in drop._open["b.zip"]] == ["file.entry", None]


def test_a_folder_that_is_not_there_is_told(store: SqlStore, tmp_path: Path) -> None:
    drop = FileDrop("desk", store.inbox, DropFolder(tmp_path / "not mounted"))
    for use in (drop.gather, drop.check):
        with pytest.raises(GatewayError, match="not mounted") as error:
            use()
        assert error.value.code == "file.folder"


def test_a_part_that_is_no_folder_is_told(drop: FileDrop, folder: Folder) -> None:
    (folder.path / "done").write_bytes(b"")
    for use in (drop.gather, drop.check):
        with pytest.raises(GatewayError) as error:
            use()
        assert (error.value.code, error.value.where) == ("file.folder", str(folder.path))
