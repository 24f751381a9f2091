"""The sample's papers: each names its own case and recipients, and programs can read what it says."""

from __future__ import annotations

import io
import re
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import jdatetime
import pytest
from pypdf import PageObject, PdfReader

from adapters.municipal.papers.examiner import PaperExaminer
from adapters.sandbox.cases import generate, persian_paper, pool
from adapters.sandbox.cases.bodies import BODIES
from adapters.sandbox.cases.persian_paper import PersianPaper, set_papers
from adapters.sandbox.cases.texts import text_of
from gateway.notice.text import fold, plain
from tests import debian

needs_pdftotext = debian.needs("poppler-utils")
KINDS = [(body, kind) for body in BODIES for kind in body.kinds]
EXAMPLES = [
    PersianPaper(
        body=body.code,
        kind=kind,
        title=body.title,
        kind_title=body.kinds[kind],
        case_number=f"1404/{number + 789:06}",
        paper_number=str(number + 100_234),
        district=f"منطقه {number % 22 + 1}",
        subject="احداث بنای مازاد بر پروانه در طبقه پنجم",
        issued_on=jdatetime.date(1404, 9, 3),
        hearing_on=jdatetime.date(1404, 10, 25) if kind == "hearing-invitation" else None,
        revision=1 + number % 2,
        recipients=("لیلا نمونه‌پور (نمونه)", "شرکت بازرگانی پیک یکتا (نمونه)", "گل‌آقا رضوی‌نیا (نمونه)")[
            : number % 3 + 1
        ],
        scan_grain=0,
    )
    for number, (body, kind) in enumerate(KINDS)
]


@pytest.fixture(scope="module")
def papers() -> dict[PersianPaper, bytes]:
    return dict(zip(EXAMPLES, set_papers(EXAMPLES), strict=True))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "cases.db"
    generate(path, notices=120, seed=5)
    return path


def text(octets: bytes) -> str:
    """Read a paper by pdftotext. It puts numbers between marks of direction, with a neighbouring blank or colon: the
    first known difference. Here the marks become blanks."""
    found = subprocess.run(["pdftotext", "-enc", "UTF-8", "-", "-"], input=octets, capture_output=True, check=True)
    return re.sub("[\u200e\u200f\u202a-\u202e]", " ", found.stdout.decode())


def as_read(words: str) -> str:
    """The words with the second known difference: of lam and alef, alef is read first."""
    return re.sub("ل([اآأإ])", r"\1ل", words)


def words_of(line: str) -> list[str]:
    """Words and numbers in the order of the alphabet: within a line, the first difference may move a number."""
    return sorted(word for found in line.split() if (word := found.strip("():،؛.")))


@needs_pdftotext
@pytest.mark.parametrize("paper", EXAMPLES, ids=lambda paper: f"{paper.body}-{paper.kind}")
def test_pdftotext_finds_each_field_of_a_sample_paper_on_its_own_line(
    papers: dict[PersianPaper, bytes], paper: PersianPaper
) -> None:
    lines = [words_of(line) for line in text(papers[paper]).splitlines()]
    fields = list(paper.fields())
    assert len(fields) == 6 + len(paper.recipients) + bool(paper.hearing_on) + (paper.revision > 1)
    for label, value in fields:
        assert lines.count(words_of(as_read(f"{label} {value}"))) == 1


@needs_pdftotext
@pytest.mark.parametrize("paper", EXAMPLES, ids=lambda paper: f"{paper.body}-{paper.kind}")
def test_pdftotext_finds_every_word_of_a_sample_paper(papers: dict[PersianPaper, bytes], paper: PersianPaper) -> None:
    found = set(words_of(text(papers[paper])))
    said = words_of(" ".join((paper.title, paper.kind_title, *text_of(paper.body, paper.kind))))
    assert {as_read(word) for word in said} - found == set()
    assert {word for word in said if as_read(word) == word} - found == set()
    assert len(found) > 40


def test_sample_papers_differ_by_kind() -> None:
    texts = {text_of(body.code, kind) for body, kind in KINDS}
    assert len(texts) == len(KINDS)
    for body in BODIES:
        own = [set(text_of(body.code, kind)[1:-1]) for kind in body.kinds]
        assert sum(map(len, own)) == len(set().union(*own))


@pytest.mark.long
@needs_pdftotext
def test_a_sample_paper_names_the_case_and_the_recipient_of_each_of_its_notices(sample: Path) -> None:
    with closing(sqlite3.connect(sample)) as connection:
        rows = connection.execute(
            "SELECT paper_number, case_number, district, subject, issued_on, recipient_name, revision, document,"
            " bodies.title FROM eblagh_notices JOIN bodies USING (body_code) JOIN sample_expectations USING (notice_id)"
            " WHERE defect IS NULL"
        ).fetchall()
    assert len(rows) > 100
    assert len({row[7] for row in rows}) == len({(plain(row[0]), row[6]) for row in rows})
    for number, case, district, subject, issued_on, name, revision, document, title in rows:
        found = words_of(fold(text(document)))
        short = name.partition(":")[0]  # of many heirs the first ones stand there
        for value in (number, case, issued_on.replace("-", "/"), district, subject, title, short):
            assert not set(words_of(fold(as_read(fold(value))))) - set(found)
        assert ("نوبت" in found) == (revision == 2)


def test_sample_papers_pass_the_examination(papers: dict[PersianPaper, bytes]) -> None:
    examiner = PaperExaminer()
    try:
        for octets in papers.values():
            examiner.examine(octets)
    finally:
        examiner.close()


def test_a_name_of_many_heirs_takes_one_line() -> None:
    heirs = "ورثه مرحوم علی یکتا: " + "، ".join(["مینا آزمونی"] * 9)
    assert pool._in_one_line(heirs) == "ورثه مرحوم علی یکتا: مینا آزمونی، مینا آزمونی، مینا آزمونی و دیگران"


def test_many_papers_load_the_fonts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[int] = []
    load: Callable[[int, Path], Path] = persian_paper.plain_font

    def counted(weight: int, folder: Path) -> Path:
        loaded.append(weight)
        return load(weight, folder)

    monkeypatch.setattr(persian_paper, "plain_font", counted)
    made = set_papers([replace(EXAMPLES[0], paper_number=str(number)) for number in range(30)])
    assert loaded == [400, 700]
    assert len(set(made)) == 30


def test_samples_of_one_seed_have_equal_papers(tmp_path: Path) -> None:
    documents = []
    for name in ("one.db", "same.db"):
        generate(tmp_path / name, notices=25, seed=9)
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            documents.append(connection.execute("SELECT document FROM papers ORDER BY paper_id").fetchall())
    assert documents[0] == documents[1]


@pytest.mark.parametrize("grain", [0, 1, 2, 3])
def test_a_paper_is_a_marked_persian_pdf_of_an_ordinary_size(grain: int) -> None:
    (octets,) = set_papers([replace(EXAMPLES[0], scan_grain=grain)])
    assert 15_000 <= len(octets) <= 300_000
    document = PdfReader(io.BytesIO(octets))
    assert len(document.pages) == (2 if grain else 1)
    assert document.metadata is not None
    assert document.metadata.title == "نمونه ساختگی"
    assert all("IBMPlexSansArabic" in font for page in document.pages for font in _fonts(page))


def _fonts(page: PageObject) -> list[str]:
    return [str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()]
