"""The sample case database: as it says it is, the same each time, and full of nobody."""

from __future__ import annotations

import io
import random
import sqlite3
import subprocess
import sys
import tomllib
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from pypdf import PdfReader

from adapters.municipal.papers.examiner import PaperExaminer
from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.sandbox.cases import generate
from adapters.sandbox.cases.bodies import BODIES
from adapters.sandbox.cases.defects import DEFECTS
from adapters.sandbox.cases.paper import small_paper
from adapters.sandbox.cases.people import BEHAVIOURS, LOST_ZEROS, MARK, people
from adapters.sandbox.cases.spelling import typed_digits, typed_letters
from gateway.mapping import RowRefused
from gateway.notice.identifiers import legal_entity_id, national_id
from gateway.notice.notice import MAX_DOCUMENT_BYTES, Notice, RecipientKind
from gateway.notice.text import fold, plain
from tests.mappers import case_mapper

ROOT = Path(__file__).parents[3]
NOTICES, SEED = 400, 7
TABLES = ("bodies", "cases", "parties", "papers", "change_counter", "notices", "sample_expectations")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "cases.db"
    generate(path, notices=NOTICES, seed=SEED)
    return path


def query(path: Path, statement: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def expectations(path: Path) -> dict[str, str]:
    return dict(query(path, "SELECT CAST(notice_id AS TEXT), expected_state FROM sample_expectations"))


def judged(path: Path) -> tuple[dict[str, Notice], dict[str, RowRefused]]:
    """Map every row by the built-in mapper: notices and refusals by key."""
    examiner = PaperExaminer()
    source = SqlCaseSource("cases", f"sqlite:///{path}")
    mapper = case_mapper({body.code: body for body in BODIES}, examiner.examine)
    notices: dict[str, Notice] = {}
    refusals: dict[str, RowRefused] = {}
    for row in source.rows([mark.key for mark in source.marks(None, NOTICES)]):
        try:
            notices[row.key] = mapper.map(row)
        except RowRefused as error:
            refusals[row.key] = error
    examiner.close()
    return notices, refusals


@pytest.mark.long
def test_a_sample_has_as_many_notices_as_asked_for(sample: Path) -> None:
    assert query(sample, "SELECT count(*), min(change_no), max(change_no) FROM notices") == [(NOTICES, 1, NOTICES)]
    assert query(sample, "SELECT count(*) FROM eblagh_notices") == [(NOTICES,)]
    assert query(sample, "PRAGMA foreign_key_check") == []


def test_exactly_the_bad_rows_are_refused_each_for_its_defect(sample: Path) -> None:
    notices, refusals = judged(sample)
    bad = dict(
        query(
            sample,
            "SELECT CAST(notice_id AS TEXT), expected_code FROM sample_expectations WHERE expected_state = 'REFUSED'",
        )
    )
    # Alone, a second row and a wrong predecessor look good: what else is in the store tells.
    found_in_the_row = {key: code for key, code in bad.items() if code not in {"notice.two-rows", "notice.predecessor"}}
    assert {key: error.code for key, error in refusals.items()} == found_in_the_row
    assert len(notices) + len(refusals) == NOTICES
    assert all("\n" not in error.reason for error in refusals.values())
    assert {found for (found,) in query(sample, "SELECT defect FROM sample_expectations WHERE defect IS NOT NULL")} == {
        defect.name for defect in DEFECTS
    }


def test_no_two_rows_are_one_notice_but_those_that_must_be_refused(sample: Path) -> None:
    notices, _ = judged(sample)
    bad = {str(key) for (key,) in query(sample, "SELECT notice_id FROM sample_expectations WHERE defect IS NOT NULL")}
    good = [notice.reference for key, notice in notices.items() if key not in bad]
    assert len(set(good)) == len(good)


def test_a_corrected_paper_names_a_first_one_that_is_rejected(sample: Path) -> None:
    notices, _ = judged(sample)
    expected = expectations(sample)
    by_reference = {notice.reference: key for key, notice in notices.items()}
    corrected = query(
        sample,
        "SELECT CAST(notice_id AS TEXT) FROM notices JOIN sample_expectations USING (notice_id)"
        " WHERE revision = 2 AND defect IS NULL",
    )
    assert corrected
    for (key,) in corrected:
        predecessor = notices[key].predecessor
        assert predecessor is not None
        first = by_reference[predecessor]
        assert (expected[first], expected[key]) == ("REJECTED", "VIEWED")
        assert notices[first].document.digest != notices[key].document.digest or notices[first] != notices[key]


def test_papers_of_a_case_follow_one_another_two_weeks_apart(sample: Path) -> None:
    notices, _ = judged(sample)
    cases: dict[tuple[str, str], dict[str, Notice]] = {}
    for notice in notices.values():
        if notice.revision == 1:
            cases.setdefault((notice.body.code, notice.case_number), {})[notice.kind] = notice
    pairs = [
        found
        for (code, _), found in cases.items()
        if code == "article-55-20" and {"first-warning", "second-warning"} <= found.keys()
    ]
    assert pairs
    assert {(two["second-warning"].issued_on - two["first-warning"].issued_on).days for two in pairs} == {14}


def test_the_identifier_tells_how_a_notice_ends(sample: Path) -> None:
    notices, _ = judged(sample)
    expected = expectations(sample)
    for key, notice in notices.items():
        behaviour = next(b for b in BEHAVIOURS if notice.recipient.identifier.startswith(b.stems))
        if expected[key] != "REFUSED":
            assert expected[key] == (behaviour.end if notice.revision == 1 else behaviour.corrected)
    assert len(set(expected.values())) == 5


def test_every_person_is_marked_as_made_up(sample: Path) -> None:
    assert query(sample, "SELECT count(*) FROM parties WHERE synthetic <> 1") == [(0,)]
    for name, identifier, mobile in query(sample, "SELECT name, identifier, mobile FROM parties"):
        assert not plain(name or "") or MARK in name
        digits = plain(identifier or "")
        assert not digits or digits.startswith("999") or digits.zfill(10).startswith(LOST_ZEROS)
        assert not mobile or plain(mobile).startswith(("0970", "0210"))


def test_old_keyboards_and_three_kinds_of_digits_are_in_the_data(sample: Path) -> None:
    text = "".join(
        str(v) for row in query(sample, "SELECT identifier, name, mobile, address FROM parties") for v in row
    )
    assert [sign for sign in "0۰٠یيىکكةۀ\u200c\u0640\u200f\u202b" if sign not in text] == []


def test_every_body_and_every_district_has_cases(sample: Path) -> None:
    notices, _ = judged(sample)
    assert {notice.body.code for notice in notices.values()} == {body.code for body in BODIES}
    assert {fold(notice.body.district) for notice in notices.values()} == {f"منطقه {n}" for n in range(1, 23)}


def test_zeros_that_were_lost_come_back(sample: Path) -> None:
    lengths = {len(plain(found or "")) for (found,) in query(sample, "SELECT identifier FROM parties")}
    assert {8, 9, 10, 11, 12} <= lengths
    notices, _ = judged(sample)
    padded = [n.recipient.identifier for n in notices.values() if n.recipient.identifier.startswith(LOST_ZEROS)]
    assert padded
    assert {len(identifier) for identifier in padded} == {10}


def test_names_are_as_long_as_they_may_be(tmp_path: Path) -> None:
    generate(tmp_path / "cases.db", notices=1500, seed=1, small_documents=True)
    notices, _ = judged(tmp_path / "cases.db")
    assert max(len(notice.recipient.name) for notice in notices.values()) == 2000


def test_spellings_of_a_text_stand_for_the_same_text() -> None:
    rng = random.Random(1)
    digits = {typed_digits("1404/000123", rng) for _ in range(300)}
    letters = {typed_letters("علی نمونه‌پور یکتا", rng) for _ in range(300)}
    assert len(digits) > 10
    assert len(letters) > 10
    assert {plain(text) for text in digits} == {"1404/000123"}
    assert {fold(text) for text in letters} == {fold("علی نمونه‌پور یکتا")}


def test_samples_of_one_seed_are_equal_and_of_another_not(tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.db" for n in range(3)]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        generate(path, notices=60, seed=seed, small_documents=True)
    first, same, other = ([query(path, f"SELECT * FROM {table}") for table in TABLES] for path in paths)
    assert first == same
    assert first != other


@pytest.mark.parametrize(("notices", "bad"), [(1, 0), (19, 0), (20, 3), (41, 4), (300, 30), (310, 31), (1000, 40)])
def test_small_samples_have_a_few_bad_rows_and_larger_ones_each_defect(tmp_path: Path, notices: int, bad: int) -> None:
    generate(tmp_path / "cases.db", notices=notices, seed=3, small_documents=True)
    states = expectations(tmp_path / "cases.db").values()
    assert (len(states), sum(state == "REFUSED" for state in states)) == (notices, bad)


def test_a_large_sample_has_two_documents_too_large_at_most(tmp_path: Path) -> None:
    reported: list[int] = []
    generate(tmp_path / "cases.db", notices=2200, seed=3, progress=reported.append, small_documents=True)
    large = query(tmp_path / "cases.db", f"SELECT count(*) FROM papers WHERE length(document) > {MAX_DOCUMENT_BYTES}")
    assert large == [(2,)]
    assert reported[-1] == 2200
    assert reported == sorted(reported)


def test_the_last_notice_is_numbered_and_so_is_the_next_change(sample: Path, tmp_path: Path) -> None:
    copy = tmp_path / "cases.db"
    copy.write_bytes(sample.read_bytes())
    with closing(sqlite3.connect(copy)) as clerk:
        clerk.execute("UPDATE papers SET subject = 'x' WHERE paper_id = (SELECT paper_id FROM notices LIMIT 1)")
        assert clerk.execute("SELECT max(change_no) FROM notices").fetchone()[0] > NOTICES


def test_an_existing_database_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "cases.db"
    path.write_bytes(b"somebody's work")
    with pytest.raises(FileExistsError):
        generate(path, notices=1, seed=1)
    assert path.read_bytes() == b"somebody's work"


def test_a_killed_run_leaves_no_database_and_the_next_one_makes_it(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys; from adapters.sandbox.cases import generate;"
        "generate(pathlib.Path(sys.argv[1]), notices=100, seed=1, small_documents=True, progress=lambda _: os._exit(9))"
    )
    path = tmp_path / "cases.db"
    killed = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, check=False)
    assert killed.returncode == 9
    assert not path.exists()
    generate(path, notices=10, seed=1, small_documents=True)
    assert [file.name for file in tmp_path.iterdir()] == ["cases.db"]


def test_persons_have_valid_identifiers_of_their_kind_and_none_twice() -> None:
    stream = people(random.Random(5))
    persons = [next(stream) for _ in range(5000)]
    for person in persons:
        match person.kind:
            case RecipientKind.NATURAL:
                assert national_id(person.identifier) == person.identifier
            case RecipientKind.LEGAL:
                assert legal_entity_id(person.identifier) == person.identifier
            case RecipientKind.FOREIGN:
                assert len(person.identifier) == 12
    assert len({person.identifier for person in persons}) == len(persons)
    shares = Counter(person.end for person in persons)
    assert 0.85 < 1 - shares["NO_ACCOUNT"] / len(persons) < 0.9


def test_papers_for_measurements_are_small() -> None:
    octets = small_paper("ruling")
    assert octets == small_paper("ruling")
    assert len(octets) < 2000
    assert len(PdfReader(io.BytesIO(octets)).pages) == 1


def test_a_locked_paper_asks_for_a_password() -> None:
    octets = small_paper("ruling", locked=True)
    assert octets == small_paper("ruling", locked=True)
    assert PdfReader(io.BytesIO(octets)).is_encrypted


def test_the_demonstration_configures_the_kinds_of_the_sample() -> None:
    demo = tomllib.loads((ROOT / "config" / "demo.toml").read_text(encoding="utf-8"))
    assert {code: (b["title"], b["kinds"]) for code, b in demo["bodies"].items()} == {
        body.code: (body.title, dict(body.kinds)) for body in BODIES
    }
