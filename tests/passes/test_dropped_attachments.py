"""Attachments of dropped rows, in each form of a list: sealed with their paper, or refused with a reason that names
them.
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.municipal.files.drop import FileDrop
from adapters.municipal.files.drop_folder import DropFolder
from adapters.sandbox.pki.devpki import generate
from adapters.storage.sql_store import SqlStore
from gateway.notice.notice import MAX_DOCUMENT_BYTES
from gateway.runtime.errors import CATALOGUE
from tests.brought_attachments import PNG, REPORT, archived_documents, passes_of
from tests.databases import DATABASES
from tests.integration.municipal.dropped_cases import Folder, csv_of, zip_of
from tests.manual_clock import ManualClock
from tests.unit.crypto.samples import plan

from .case_table import PDF, ROW
from .conftest import Passes

COLUMNS = ("notice_id", "document_name", "title", "kind", "media_type", "digest")
DOCUMENTS = [
    ("ruling.pdf", None, None, "application/pdf", PDF),
    ("map.png", "نقشه ملک", "03", "image/png", PNG),
    ("report.pdf", None, None, "application/pdf", REPORT),
]
FILES = {"ruling.pdf": PDF, "map.png": PNG, "report.pdf": REPORT}
MAP = {"notice_id": "1", "document_name": "map.png", "title": "نقشه ملک", "kind": "03", "media_type": "image/png"}
TWO = [MAP, {"notice_id": "1", "document_name": "report.pdf"}]


def row(key: str, version: int = 1) -> dict[str, Any]:
    return {**ROW, "notice_id": key, "change_no": version, "paper_number": key}


def beside(*attachments: dict[str, str], **files: bytes) -> dict[str, bytes]:
    """Entries of a ZIP with row 1 and a list of attachments."""
    return {"list.csv": csv_of([row("1")]), "attachments.csv": csv_of(attachments, COLUMNS), **FILES, **files}


def xml_of(document: str, *attachments: str) -> bytes:
    values = {**{k: v for k, v in ROW.items() if k != "document"}, "paper_number": "1"}
    fields = "".join(f"<Field><Name>{k}</Name><Value>{v}</Value></Field>" for k, v in values.items())
    paper = f"<Document><Name>document</Name>{document}</Document>"
    inner = f"<Key>1</Key><Version>1</Version>{fields}{paper}{''.join(attachments)}"
    return f'<Rows xmlns="urn:eblagh:push:1"><Row>{inner}</Row></Rows>'.encode()


def content(octets: bytes) -> str:
    return f"<Content>{base64.b64encode(octets).decode()}</Content>"


def attachment(name: str, octets: str, *, more: str = "") -> str:
    return f"<Attachment><Name>{name}</Name>{more}{octets}</Attachment>"


OF_MAP = "<Title>نقشه ملک</Title><Kind>03</Kind><MediaType>image/png</MediaType>"
GOOD = {
    "a.zip": zip_of(beside(*TWO)),
    "with an xml list.zip": zip_of(
        {
            "list.xml": xml_of(
                "<File>ruling.pdf</File>",
                attachment("map.png", "<File>map.png</File>", more=OF_MAP),
                attachment("report.pdf", "<File>report.pdf</File>"),
            ),
            **FILES,
        }
    ),
    "list.xml": xml_of(
        content(PDF), attachment("map.png", content(PNG), more=OF_MAP), attachment("report.pdf", content(REPORT))
    ),
}


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("dropped") / "pki"
    generate(directory, plan("ec-p256"), datetime.now(UTC))
    return directory


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime.now(UTC))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "drop")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with DATABASES["sqlite"](tmp_path) as url, closing(SqlStore.open(url)) as opened:
        yield opened


@pytest.fixture
def drop(store: SqlStore, folder: Folder, clock: ManualClock) -> FileDrop:
    return FileDrop("cases", store.inbox, DropFolder(folder.path), clock)


@pytest.fixture
def passes(store: SqlStore, drop: FileDrop, clock: ManualClock) -> Passes:
    return passes_of(store, drop, clock)


def pass_(passes: Passes, drop: FileDrop) -> None:
    """Collect as the service does it."""
    assert drop.gather() == []
    passes.collect()
    assert drop.settle() == []


def reported(folder: Folder, name: str) -> list[tuple[str, str, str | None]]:
    """Return place, outcome and code of each line of a file's report."""
    part = "done" if name in folder.names("done") else "refused"
    return [(each["place"], each["outcome"], each["code"]) for each in folder.report(part, name)["rows"]]


@pytest.mark.parametrize("name", GOOD)
def test_attachments_are_sealed_in_order_and_verified(
    store: SqlStore, folder: Folder, drop: FileDrop, clock: ManualClock, pki: Path, tmp_path: Path, name: str
) -> None:
    passes = passes_of(store, drop, clock, pki)
    folder.drop(name, GOOD[name], "sha256")
    pass_(passes, drop)
    [(place, outcome, code)] = reported(folder, name)
    assert (outcome, code) == ("accepted", None), place
    assert archived_documents(store, clock, pki, tmp_path / "archive") == [DOCUMENTS]


def test_one_row_is_the_same_in_each_form_of_a_list(folder: Folder, drop: FileDrop, store: SqlStore) -> None:
    for name, octets in GOOD.items():
        folder.drop(name, octets)
    assert drop.gather() == []
    assert store.inbox.standings("cases", ["1"])["1"].arrival == 1, "kept once"


def test_the_same_attachments_again_are_one_notice_and_others_another_text(
    folder: Folder, drop: FileDrop, passes: Passes, store: SqlStore
) -> None:
    for name in ("a.zip", "b.zip"):
        folder.drop(name, zip_of(beside(*TWO)))
        pass_(passes, drop)
    assert reported(folder, "a.zip") == reported(folder, "b.zip") == [("row 2", "accepted", None)]
    folder.drop("c.zip", zip_of(beside(*reversed(TWO))))
    pass_(passes, drop)
    assert reported(folder, "c.zip") == [("row 2", "refused", "push.version-reused")]
    folder.drop("d.zip", zip_of({**beside(*reversed(TWO)), "list.csv": csv_of([row("1", 2)])}))
    pass_(passes, drop)
    assert reported(folder, "d.zip") == [("row 2", "refused", "notice.changed")]
    assert len(store.notices.find(state=None, limit=10, after=None)) == 1


HALF = PNG + bytes(MAX_DOCUMENT_BYTES // 2)
OF_ROW = {
    "a file that is not there": ([MAP, {**MAP, "document_name": "other.png"}], "file.document-missing", "other.png"),
    "no file": ([{**MAP, "document_name": ""}], "file.document-missing", ""),
    "21 of them": ([MAP] * 21, "document.too-many", "attachments"),
    "20 beside the paper": ([MAP] * 20, "document.too-many", "پیوست‌ها"),
    "more than 7 MiB together": ([{**MAP, "document_name": "half.png"}] * 2, "document.total", "attachments"),
    "neither PDF nor picture": ([{**MAP, "document_name": "a.bin"}], "document.media-type", "فایل پیوست"),
    "another form": ([MAP, {**TWO[1], "media_type": "image/png"}], "document.media-type", "قالب پیوست، شماره ۲"),
    "another content": ([{**MAP, "digest": "0" * 64}], "document.digest", "چکیده پیوست"),
}


@pytest.mark.parametrize(("attachments", "code", "named"), OF_ROW.values(), ids=OF_ROW)
def test_a_bad_attachment_refuses_its_row_alone(
    folder: Folder, drop: FileDrop, passes: Passes, attachments: list[dict[str, str]], code: str, named: str
) -> None:
    named_files = {each["document_name"] for each in [*attachments, {"document_name": "ruling.pdf"}]}
    files = {**FILES, "half.png": HALF, "a.bin": b"PK\3\4"}
    entries = {
        "list.csv": csv_of([row("1"), row("2")]),
        "attachments.csv": csv_of(attachments, COLUMNS),
        **{name: octets for name, octets in files.items() if name in named_files},
    }
    folder.drop("a.zip", zip_of(entries) if "half.png" not in entries else stored(entries))
    pass_(passes, drop)
    assert reported(folder, "a.zip") == [("row 2", "refused", code), ("row 3", "accepted", None)]
    reason = folder.report("done", "a.zip")["rows"][0]["reason"]
    assert CATALOGUE[code].fa in reason
    assert named in reason


def stored(entries: dict[str, bytes]) -> bytes:
    """A ZIP of what would be packed too well."""
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_STORED) as made:
        for name, each in entries.items():
            made.writestr(name, each)
    return octets.getvalue()


def test_an_attachment_of_no_row_is_told_and_stops_no_other(folder: Folder, drop: FileDrop, passes: Passes) -> None:
    folder.drop("a.zip", zip_of(beside(MAP, {"notice_id": "7", "document_name": "report.pdf"})))
    pass_(passes, drop)
    unlisted = ("attachments.csv row 3", "refused", "file.document-unlisted")
    assert reported(folder, "a.zip") == [("row 2", "accepted", None), unlisted]
    assert "report.pdf: no row 7" in folder.report("done", "a.zip")["rows"][1]["reason"]


WHOLE = {
    "a row of another length": (b"notice_id,document_name\n1\n", "file.row", "attachments.csv row 2"),
    "no name of a row": (b"document_name\nmap.png\n", "file.header", "attachments.csv"),
    "an unknown column": (b"notice_id,document_name,titel\n1,map.png,x\n", "file.header", "attachments.csv"),
    "another encoding": ("notice_id,document_name\n۱,a\n".encode("utf-16"), "file.encoding", "attachments.csv"),
    "nothing": (b"", "file.header", "attachments.csv"),
}


@pytest.mark.parametrize(("octets", "code", "where"), WHOLE.values(), ids=WHOLE)
def test_a_list_of_attachments_that_cannot_be_read_refuses_the_file(
    folder: Folder, drop: FileDrop, store: SqlStore, octets: bytes, code: str, where: str
) -> None:
    folder.drop("a.zip", zip_of({**beside(), "attachments.csv": octets}))
    [error] = drop.gather()
    assert (error.code, error.where) == (code, f"cases a.zip {where}")
    assert folder.report("refused", "a.zip")["refused_because"]["where"] == where
    assert store.inbox.marks("cases", 0, 10) == [], "no notice goes without an attachment that it should have"


def test_a_list_in_xml_has_its_own_attachments(folder: Folder, drop: FileDrop) -> None:
    folder.drop("a.zip", zip_of({"list.xml": xml_of("<File>ruling.pdf</File>"), "attachments.csv": b"", **FILES}))
    [error] = drop.gather()
    assert (error.code, error.where) == ("file.list", "cases a.zip attachments.csv")


def test_attachments_beside_a_column_of_their_name_are_refused(folder: Folder, drop: FileDrop, passes: Passes) -> None:
    header = [*row("1").keys() - {"document"}, "attachments"]
    folder.drop("a.zip", zip_of({**beside(*TWO), "list.csv": csv_of([{**row("1"), "attachments": "2"}], header)}))
    pass_(passes, drop)
    assert reported(folder, "a.zip") == [("row 2", "refused", "push.field")]


def test_a_file_of_before_goes_on(folder: Folder, drop: FileDrop, store: SqlStore) -> None:
    """One list is the list, whatever its name is; a column ``attachments`` is a text."""
    header = [*row("1").keys() - {"document"}, "attachments"]
    list_ = csv_of([{**row("1"), "attachments": "2 برگ"}], header)
    folder.drop("a.zip", zip_of({"attachments.csv": list_, "ruling.pdf": PDF}))
    assert drop.gather() == []
    [found] = store.inbox.rows("cases", ["1"])
    assert (found.fields["attachments"], found.fields["document"]) == ("2 برگ", PDF)


def test_one_attachment_of_several_rows_is_kept_once(folder: Folder, drop: FileDrop, passes: Passes) -> None:
    entries = {**beside(MAP, TWO[1], {**MAP, "notice_id": "2"}), "list.csv": csv_of([row("1"), row("2")])}
    folder.drop("a.zip", zip_of(entries))
    pass_(passes, drop)
    assert reported(folder, "a.zip") == [("row 2", "accepted", None), ("row 3", "accepted", None)]
