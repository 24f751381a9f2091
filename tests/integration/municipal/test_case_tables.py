"""Papers in a folder, marks and results in other tables, owners of cases, lists of rows, and old code pages."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adapters.municipal.document_folder import DocumentFolder
from adapters.municipal.flagged_rows import FlaggedCases
from adapters.municipal.sql.code_pages import _ISIRI
from adapters.municipal.sql.flag import FlaggedRows
from adapters.municipal.sql.source_config import COLUMNS, Owners, ResultColumns, RowList, SqlSourceConfig
from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.storage.sql_store import SqlStore
from gateway.notice.notice import MAX_DOCUMENT_BYTES
from gateway.notice.source_row import CaseRow
from tests.databases import DATABASES
from tests.integration.municipal.plain_database import empty
from tests.manual_clock import ManualClock
from tests.papers import PDF
from tests.passes.case_table import ROW
from tests.passes.conftest import Passes
from tests.passes.ports import JudiciaryService
from tests.sampling import on_one_of

OWNED = {"recipient_id": "national_id", "recipient_name": "full_name"}
WRITTEN = ResultColumns().names
PAPERS = RowList(table="papers", of="of_case", order="place", columns=("title",), files={"content": "paper_file"})
MARKED_CASES = {"flag": "to_serve", "flag_table": "ready", "flag_key": "of_case"}


class Database:
    """Cases with owners and attachments; marks and results stand in tables of their own."""

    def __init__(self, url: str, text: str = "VARCHAR(200)") -> None:
        self.url = url
        self.engine = sa.create_engine(url)
        texts = [name for name in COLUMNS if name not in ("document", "revision", *OWNED)]
        columns = ", ".join(f"{name} {text}" for name in texts)
        results = ", ".join(f"{name} {'INTEGER' if name == 'eblagh_seq' else 'VARCHAR(900)'}" for name in WRITTEN)
        self.run(
            f"CREATE TABLE cases (case_id INTEGER PRIMARY KEY, change_no INTEGER, {columns}, revision INTEGER,"
            " paper_file VARCHAR(200))",
            f"CREATE TABLE owners (owner_id INTEGER, of_case INTEGER, changed INTEGER, "
            f"national_id {text}, full_name {text})",
            "CREATE TABLE ready (of_case INTEGER, to_serve INTEGER)",
            f"CREATE TABLE results (owner INTEGER, {results})",
            "CREATE TABLE papers (of_case INTEGER, place INTEGER, title VARCHAR(200), paper_file VARCHAR(200))",
        )

    def run(self, *statements: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement), values)

    def case(self, number: int, *owners: tuple[int, str], name: str = "علی یکتا (نمونه)", **columns: Any) -> None:
        texts = {k: v for k, v in ROW.items() if k in COLUMNS and k not in ("document", *OWNED)}
        values = texts | {"paper_number": f"P-{number}", "case_id": number, "change_no": 1, "revision": 1} | columns
        self.run(f"INSERT INTO cases ({', '.join(values)}) VALUES ({', '.join(f':{n}' for n in values)})", **values)
        for owner, identifier in owners:
            self.run(
                "INSERT INTO owners VALUES (:o, :c, NULL, :i, :n)",
                o=owner,
                c=number,
                i=identifier,
                n=name,
            )
            self.run("INSERT INTO results (owner) VALUES (:o)", o=owner)

    def result(self, owner: int) -> Any:
        with self.engine.connect() as connection:
            query = sa.text("SELECT eblagh_state, eblagh_code, eblagh_reason FROM results WHERE owner = :o")
            return tuple(connection.execute(query, {"o": owner}).one())

    def marks(self) -> list[int]:
        with self.engine.connect() as connection:
            return [mark for (mark,) in connection.execute(sa.text("SELECT to_serve FROM ready ORDER BY of_case"))]


@pytest.fixture(params=on_one_of(["sqlite", "postgresql", "mariadb"], "database"))
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty(request.param, tmp_path) as url:
        made = Database(url)
        with closing(made.engine.connect()):
            yield made
        made.engine.dispose()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with DATABASES["sqlite"](tmp_path) as url, closing(SqlStore.open(url)) as opened:
        yield opened


def config(papers: Path, **more: Any) -> SqlSourceConfig:
    owners = Owners(table="owners", case="of_case", key="owner_id", version="changed", columns=OWNED)
    usual: dict[str, Any] = {
        "view": "cases",
        "key": "case_id",
        "table": "results",
        "table_key": "owner",
        "owners": owners,
        "folder": DocumentFolder(papers),
        "files": {"document": "paper_file"},
    }
    return SqlSourceConfig(**(usual | more))


GOOD, OTHER, BAD = "9990000001", "9990000018", "0012345678"


def rows(source: SqlCaseSource) -> dict[str, CaseRow]:
    return {row.key: row for row in source.rows([mark.key for mark in source.marks(None, 99)])}


def test_each_owner_of_a_case_has_a_notice_and_a_result_of_his_own(
    database: Database, papers: Path, store: SqlStore
) -> None:
    database.case(1, (11, GOOD), (12, BAD), (13, OTHER), paper_file="1404/one.pdf")
    database.case(2, paper_file="1404/one.pdf")
    clock = ManualClock()
    with closing(SqlCaseSource("cases", database.url, config(papers), clock=clock)) as source:
        passes = Passes(store, source, JudiciaryService(clock), clock)  # type: ignore[arg-type]
        report = passes.collect()
        assert [(error.code, error.detail) for error in report.errors] == [("source.no-version", "1 rows")], (
            "a case without owners is reported"
        )
        passes.write_back()
        assert [database.result(owner)[:2] for owner in (11, 12, 13)] == [
            ("QUEUED", None),
            ("REFUSED", "recipient.national-id"),
            ("QUEUED", None),
        ]
        database.run("UPDATE owners SET changed = 5 WHERE owner_id = 12")
        assert [mark.version[-1] for mark in source.marks(None, 9)] == ["1", "1", "5"]


@pytest.mark.long
def test_a_case_that_is_marked_in_another_table_is_taken_in_with_all_its_owners(
    database: Database, papers: Path, store: SqlStore
) -> None:
    database.case(1, (11, GOOD), (12, OTHER), paper_file="1404/one.pdf")
    database.case(2, (21, GOOD), paper_file="1404/one.pdf")
    database.case(3, paper_file="1404/one.pdf")
    database.run("INSERT INTO ready VALUES (1, 1), (1, 1), (2, 0), (3, 1)")
    marked = config(papers, **MARKED_CASES)
    with closing(flagged(database, store, marked)) as source:
        assert source.check() == "3 rows are marked, 0 in work"
        assert [error.code for error in source.gather()] == ["source.flag-unseen"], "a case without owners"
        assert [mark.key for mark in source.marks(None, 9)] == ["11", "12"]
        assert database.marks() == [0, 0, 0, 2]
        clock = ManualClock()
        passes = Passes(store, source, JudiciaryService(clock), clock)  # type: ignore[arg-type]
        passes.collect()
        passes.write_back()
    assert [database.result(owner)[0] for owner in (11, 12, 21)] == ["QUEUED", "QUEUED", None]


def test_a_mark_stays_while_an_owner_of_its_case_has_no_key(database: Database, papers: Path, store: SqlStore) -> None:
    database.case(1, (11, GOOD), paper_file="1404/one.pdf")
    database.run(f"INSERT INTO owners VALUES (NULL, 1, NULL, '{OTHER}', 'x')", "INSERT INTO ready VALUES (1, 1)")
    marked = config(papers, **MARKED_CASES)
    with closing(flagged(database, store, marked)) as source:
        assert [(error.code, error.detail) for error in source.gather()] == [("source.flag-unseen", "1 rows")]
        assert ([mark.key for mark in source.marks(None, 9)], database.marks()) == (["11"], [2])
        database.run("UPDATE owners SET owner_id = 12 WHERE owner_id IS NULL")
        assert source.gather() == []
        assert ([mark.key for mark in source.marks(None, 9)], database.marks()) == (["11", "12"], [0])


def flagged(database: Database, store: SqlStore, marked: SqlSourceConfig, columns: Sequence[str] = COLUMNS) -> Any:
    return FlaggedCases("cases", store.inbox, FlaggedRows(database.url, marked), lambda: columns)


def test_a_paper_that_is_missing_is_told_and_taken_in_when_it_is_there(
    database: Database, papers: Path, store: SqlStore
) -> None:
    database.case(1, (11, GOOD), paper_file="1404\\two.pdf")
    database.case(2, (21, GOOD), paper_file="1404/one.pdf")
    clock = ManualClock()
    with closing(SqlCaseSource("cases", database.url, config(papers), clock=clock)) as source:
        passes = Passes(store, source, JudiciaryService(clock), clock)  # type: ignore[arg-type]
        assert passes.collect().counts == {"collected": 2, "admitted": 1, "refused": 1}
        passes.write_back()
        state, code, reason = database.result(11)
        assert (state, code) == ("REFUSED", "document.file-missing")
        assert "document، فایل «1404\\two.pdf»: فایلی که نام آن در ردیف آمده است" in reason
        assert "خودبه‌خود" in reason
        assert reason.count("\n") == 0, "the paper that was not read is no second problem"
        (papers / "1404" / "two.pdf").write_bytes(PDF)
        assert passes.collect().counts["admitted"] == 1, "no change of the row was needed"
        passes.write_back()
    assert database.result(11)[:2] == ("QUEUED", None)


def test_a_marked_row_without_its_paper_stays_in_work(database: Database, papers: Path, store: SqlStore) -> None:
    database.case(1, (11, GOOD), (12, OTHER), paper_file="two.pdf")
    database.run("INSERT INTO ready VALUES (1, 1)")
    marked = config(papers, **MARKED_CASES)
    with closing(flagged(database, store, marked)) as source:
        errors = source.gather()
        assert {(error.code, error.detail) for error in errors} == {("document.file-missing", "document")}
        assert "two.pdf" not in "".join(map(str, errors)), "names of files may name persons"
        assert (database.result(11)[1], database.marks()) == ("document.file-missing", [2])
        (papers / "two.pdf").write_bytes(PDF)
        assert source.gather() == []
        assert (len(source.marks(None, 9)), database.marks()) == (2, [0])


def test_rows_of_another_table_come_as_a_list(database: Database, papers: Path) -> None:
    database.case(1, (11, GOOD), paper_file="1404/one.pdf")
    database.run("INSERT INTO papers VALUES (1, 2, 'نقشه', '1404/one.pdf'), (1, 1, 'عکس', '1404/one.pdf')")
    listed = config(papers, lists={"attachments": PAPERS}, columns=("attachments", "case_number"))
    with closing(SqlCaseSource("cases", database.url, listed)) as source:
        row = rows(source)["11"]
        assert row.fields["attachments"] == (
            {"title": "عکس", "paper_file": "1404/one.pdf", "content": PDF},
            {"title": "نقشه", "paper_file": "1404/one.pdf", "content": PDF},
        )
        assert row.size == 2 * len(PDF)
        assert set(source.columns()["attachments"]) == {"title", "paper_file", "content"}  # type: ignore[arg-type]
        database.run("UPDATE papers SET paper_file = '../x' WHERE place = 2")
        assert [(d.code, d.field) for d in rows(source)["11"].defects] == [("document.file-name", "attachments")]
        for place in range(3, 23):
            database.run(f"INSERT INTO papers VALUES (1, {place}, 't', '1404/one.pdf')")
        assert "document.too-many" in [d.code for d in rows(source)["11"].defects]
        (papers / "1404" / "one.pdf").write_bytes(bytes(4 * 1024 * 1024))
        row = rows(source)["11"]
        assert "document.total" in [d.code for d in row.defects]
        assert row.size <= MAX_DOCUMENT_BYTES


def test_octets_of_texts_end_no_list_in_silence(tmp_path: Path, papers: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    database.case(1, (11, GOOD), paper_file="1404/one.pdf")
    database.run(
        f"INSERT INTO papers VALUES (1, 1, zeroblob({MAX_DOCUMENT_BYTES + 1}), '1404/one.pdf')",
        "INSERT INTO papers VALUES (1, 2, 'نقشه', '1404/one.pdf')",
    )
    encodings = {"attachments.title": "cp1256"}
    listed = config(papers, lists={"attachments": PAPERS}, columns=("attachments",), encodings=encodings)
    with closing(SqlCaseSource("cases", database.url, listed)) as source:
        assert [defect.code for defect in rows(source)["11"].defects] == ["document.total"]
    database.engine.dispose()


PERSIAN = "علي كريمي ۱۴۰۴ پلاک"


@pytest.mark.parametrize("page", ["cp1256", "isiri-3342"])
def test_texts_of_old_code_pages_are_read(tmp_path: Path, papers: Path, page: str) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    text = PERSIAN.replace("۱۴۰۴", "1404") if page == "cp1256" else PERSIAN
    octets = isiri(text) if page == "isiri-3342" else text.encode(page)
    database.case(1, (11, GOOD), paper_file="1404/one.pdf")
    database.run("UPDATE cases SET subject = CAST(:o AS TEXT), address = :o, district = 'plain'", o=octets)
    old = config(
        papers, encoding=page, encodings={"address": page}, columns=("subject", "address", "document", "district")
    )
    with closing(SqlCaseSource("cases", database.url, old)) as source:
        row = rows(source)["11"]
        assert (row.fields["subject"], row.fields["address"], row.fields["district"]) == (text, text, "plain")
        assert (row.fields["document"], row.defects) == (PDF, ())
    database.engine.dispose()


def test_octets_that_a_code_page_has_not_refuse_their_row_with_their_place(
    tmp_path: Path, papers: Path, store: SqlStore
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    for number in (1, 2):
        database.case(number, (number + 10, GOOD), paper_file="1404/one.pdf")
    database.run("UPDATE cases SET subject = CAST(:o AS TEXT) WHERE case_id = 1", o=isiri("احداث") + b"\xed")
    old = config(papers, encodings={"subject": "isiri-3342"}, columns=COLUMNS)
    database.run("UPDATE cases SET subject = CAST(:o AS TEXT) WHERE case_id = 2", o=isiri("احداث"))
    clock = ManualClock()
    with closing(SqlCaseSource("cases", database.url, old, clock=clock)) as source:
        passes = Passes(store, source, JudiciaryService(clock), clock)  # type: ignore[arg-type]
        assert passes.collect().counts == {"collected": 2, "admitted": 1, "refused": 1}
        passes.write_back()
    state, code, reason = database.result(11)
    assert (state, code) == ("REFUSED", "notice.encoding")
    assert "subject، isiri-3342، جایگاه 6" in reason
    database.engine.dispose()


def test_a_server_that_takes_octets_for_latin_letters_is_read_anew(papers: Path, tmp_path: Path) -> None:
    with empty("mariadb", tmp_path) as url:
        database = Database(url, "VARCHAR(190) CHARACTER SET latin1")
        database.case(
            1, (11, GOOD), name="x", **dict.fromkeys(ROW.keys() & set(COLUMNS) - {"document", "revision", *OWNED}, "x")
        )
        octets = PERSIAN.replace("۱۴۰۴", "1404").encode("cp1256")
        database.run("UPDATE cases SET subject = CAST(:o AS BINARY)", o=octets)
        old = config(papers, encoding="cp1256", columns=("subject", "district"))
        with closing(SqlCaseSource("cases", url, old)) as source:
            assert rows(source)["11"].fields["subject"] == PERSIAN.replace("۱۴۰۴", "1404")
        database.engine.dispose()


def isiri(text: str) -> bytes:
    return bytes(_ISIRI.index(sign) for sign in text)


@pytest.mark.skipif(shutil.which("iconv") is None, reason="no iconv")
def test_isiri_3342_is_that_of_the_c_library() -> None:
    ours = {octet: _ISIRI[octet] for octet in range(0xA0, 0xFF) if _ISIRI[octet] != "\ufffe"}
    command = ["iconv", "-f", "ISIRI-3342", "-t", "UTF-8"]
    made = subprocess.run(command, input=bytes(ours), capture_output=True, check=False)
    if made.returncode:
        pytest.skip("this C library does not know ISIRI 3342")
    assert made.stdout.decode() == "".join(ours.values())


@pytest.mark.parametrize("database", ["mariadb"], indirect=True)
def test_accounts_need_rights_to_their_own_columns_alone(database: Database, papers: Path, store: SqlStore) -> None:
    database.case(1, (11, GOOD), paper_file="1404/one.pdf")
    database.run("INSERT INTO ready VALUES (1, 1)")
    database.run("INSERT INTO papers VALUES (1, 1, 'نقشه', '1404/one.pdf')")
    written = ", ".join(WRITTEN)
    reader, writer = "eblagh_tables_reader@localhost", "eblagh_tables_writer@localhost"
    database.run(
        f"CREATE USER {reader}",
        f"CREATE USER {writer}",
        *(f"GRANT SELECT ON {table} TO {reader}" for table in ("cases", "owners", "papers")),
        f"GRANT SHOW VIEW ON results TO {writer}",
        f"GRANT SELECT (owner, {written}), UPDATE ({written}) ON results TO {writer}",
        f"GRANT SELECT (of_case, to_serve), UPDATE (to_serve) ON ready TO {writer}",
    )
    try:
        url = sa.make_url(database.url)
        reading, writing = (str(url.set(username=each.partition("@")[0])) for each in (reader, writer))
        marked = config(papers, **MARKED_CASES, lists={"attachments": PAPERS})
        rows_ = FlaggedRows(reading, marked, write_url=writing)
        with closing(FlaggedCases("cases", store.inbox, rows_, lambda: (*COLUMNS, "attachments"))) as source:
            assert source.check() == "1 rows are marked, 0 in work"
            assert source.gather() == []
            assert source.shown(["11"])["11"] is not None
            (row,) = source.rows(["11"])
            assert row.fields["attachments"] == ({"title": "نقشه", "paper_file": "1404/one.pdf", "content": PDF},), (
                "the inbox keeps lists"
            )
            assert rows_.columns().keys() >= {*COLUMNS, "attachments"}
            assert source.gather() == []
    finally:
        database.run(f"DROP USER {reader}", f"DROP USER {writer}")
