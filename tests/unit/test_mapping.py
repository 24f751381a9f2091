"""From a clerk's row to a notice: what is admitted, what is refused, and what the clerk is told."""

from __future__ import annotations

from datetime import UTC, date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.municipal.sql.source_config import COLUMNS
from gateway.mapping import BodyConfig, RowRefused
from gateway.notice.notice import MAX_DOCUMENT_BYTES, RecipientKind
from gateway.notice.source_row import CaseRow, Value
from gateway.runtime.errors import CATALOGUE
from tests.mappers import case_mapper

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
GOOD: dict[str, Value] = {
    "body_code": "article-100",
    "district": "منطقه ۵",
    "case_number": "۱۴۰۴/٠٠٠۱۲",
    "archive_number": "ب/۴۵۲",
    "renovation_code": "5-12-3-4-5-6-0",
    "paper_number": " ۱۰۰۰۱\u200f ",
    "kind": "ruling",
    "subject": "احداث بناي مازاد",
    "issued_on": "۱۴۰۴/۱۱/۱۴",
    "revision": None,
    "recipient_kind": "حقيقي",
    "recipient_id": "۱۲۳۴۵۶۷۹",
    "recipient_name": "علي  كريمي (نمونه)",
    "mobile": "٠٩١٢ ٣٤٥ ٦٧٨٩",
    "postal_code": "11155-12345",
    "address": "تهران، خیابان نمونه",
    "document_name": "ruling.pdf",
    "document": PDF,
}
BODY = BodyConfig(code="article-100", title="کمیسیون ماده صد", kinds={"ruling": "ابلاغ رأی"})
MAPPER = case_mapper({BODY.code: BODY})

OPTIONAL = ("archive_number", "renovation_code", "serve_by", "revision", "mobile", "postal_code", "address")
MISSING = {
    "body_code": "notice.body",
    "kind": "notice.kind",
    "recipient_kind": "recipient.kind",
    "recipient_id": "recipient.id-missing",
    "recipient_name": "recipient.name",
    "document": "document.missing",
}


def row(**changed: Value) -> CaseRow:
    return CaseRow(source="cases", key="17", version="4", fields=GOOD | changed)


def refused(**changed: Value) -> RowRefused:
    with pytest.raises(RowRefused) as caught:
        MAPPER.map(row(**changed))
    return caught.value


def test_a_row_becomes_a_notice() -> None:
    notice = MAPPER.map(row())
    assert (notice.body.code, notice.body.title, notice.body.district) == (BODY.code, BODY.title, "منطقه ۵")
    assert notice.issued_on == date(2026, 2, 3)
    assert notice.recipient.kind is RecipientKind.NATURAL
    assert notice.recipient.identifier == "0012345679"
    assert notice.recipient.mobile == "+989123456789"
    assert notice.recipient.postal_code == "1115512345"
    assert (notice.document.octets, notice.document.media_type) == (PDF, "application/pdf")
    assert (notice.revision, notice.predecessor) == (1, None)


def test_names_and_subject_are_served_as_they_were_issued() -> None:
    notice = MAPPER.map(row())
    assert notice.recipient.name == "علي  كريمي (نمونه)"
    assert notice.subject == "احداث بناي مازاد"


def test_numbers_typed_with_other_digits_are_the_same_notice() -> None:
    again = MAPPER.map(row(case_number="1404/00012", paper_number="10001", recipient_id="0012345679"))
    assert again.reference == MAPPER.map(row()).reference


def test_a_number_that_the_database_holds_as_a_number_is_text_in_the_notice() -> None:
    assert MAPPER.map(row(paper_number=10001)).paper_number == "10001"


@pytest.mark.parametrize("column", OPTIONAL)
@pytest.mark.parametrize("nothing", [None, "", " \t", "\u200f\u200c"])
def test_what_is_optional_may_be_missing(column: str, nothing: str | None) -> None:
    assert MAPPER.map(row(**{column: nothing})).revision == 1


@pytest.mark.parametrize("column", [column for column in COLUMNS if column not in OPTIONAL])
@pytest.mark.parametrize("nothing", [None, "", "  ", "\u200f\u200c"])
def test_what_is_required_may_not(column: str, nothing: str | None) -> None:
    error = refused(**{column: nothing})
    assert (error.code, error.field) == (MISSING.get(column, "notice.field-missing"), column)


def test_a_column_that_is_not_there_is_missing() -> None:
    fields = {column: value for column, value in GOOD.items() if column != "subject"}
    with pytest.raises(RowRefused) as caught:
        MAPPER.map(CaseRow(source="cases", key="17", version="4", fields=fields))
    assert (caught.value.code, caught.value.field) == ("notice.field-missing", "subject")


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("body_code", "article-55", "notice.body"),
        ("kind", "summons", "notice.kind"),
        ("district", "منطقه\x00۵", "notice.field-invalid"),
        ("subject", "بنا\x0bی مازاد", "notice.field-invalid"),
        ("subject", "x" * 2001, "notice.field-too-long"),
        ("recipient_name", "علی\ufffe", "notice.field-invalid"),
        ("recipient_name", b"Ali", "notice.field-invalid"),
        ("case_number", 12.5, "notice.field-invalid"),
        ("case_number", True, "notice.field-invalid"),
        ("issued_on", "1404/12/30", "notice.date"),
        ("issued_on", "1404/07/31", "notice.date"),
        ("issued_on", "1404/13/01", "notice.date"),
        ("issued_on", "1404/11-14", "notice.date-form"),
        ("issued_on", "04/11/14", "notice.date-form"),
        ("issued_on", "2026/02/03", "notice.date-year"),
        ("issued_on", "1299/12/29", "notice.date-year"),
        ("issued_on", "1500/01/01", "notice.date-year"),
        ("issued_on", "9999/01/01", "notice.date-year"),
        ("issued_on", "१४०४/११/१४", "notice.date-form"),
        ("issued_on", date(2026, 2, 3), "notice.date-form"),
        ("revision", 0, "notice.revision"),
        ("revision", -1, "notice.revision"),
        ("revision", "دوم", "notice.revision"),
        ("revision", 1000, "notice.revision"),
        ("recipient_kind", "نامعلوم", "recipient.kind"),
        ("recipient_id", "0012345678", "recipient.national-id"),
        ("recipient_id", "1111111111", "recipient.national-id-repeated"),
        ("recipient_id", "1234567", "recipient.national-id-length"),
        ("recipient_id", "A012345679", "recipient.national-id-length"),
        ("mobile", "02188888888", "recipient.mobile"),
        ("postal_code", "123", "recipient.postal-code"),
        ("document", b"II*\x00 a picture %%EOF", "document.not-pdf"),
        ("document", b"%PDF-1.7 cut off", "document.cut-off"),
        ("document", b" " * 1024 + PDF, "document.not-pdf"),
        ("document", PDF + b" " * 1024, "document.cut-off"),
        ("document", "%PDF-1.7 %%EOF", "document.not-pdf"),
    ],
)
def test_a_wrong_value_is_refused_by_its_code_and_column(column: str, value: Value, code: str) -> None:
    error = refused(**{column: value})
    assert (error.code, error.field) == (code, column)


def test_a_number_that_no_database_holds_is_refused() -> None:
    assert refused(case_number=10**5000).code == "notice.field-invalid"


def test_half_a_character_is_refused() -> None:
    assert refused(subject="\ud800").code == "notice.field-invalid"


def test_a_document_of_one_byte_too_many_is_refused() -> None:
    too_large = PDF + bytes(MAX_DOCUMENT_BYTES + 1 - 2 * len(PDF)) + PDF
    assert refused(document=too_large).code == "document.too-large"


@pytest.mark.parametrize("day", ["1404/11/14", "1404-11-14", "1404/11/14 ", "١٤٠٤/١١/١٤", "\u200f۱۴۰۴/١١/14"])
def test_a_day_is_written_in_several_ways(day: str) -> None:
    assert MAPPER.map(row(issued_on=day)).issued_on == date(2026, 2, 3)


def test_the_last_day_of_a_leap_year_is_a_day() -> None:
    assert MAPPER.map(row(issued_on="1403/12/30")).issued_on == date(2025, 3, 20)


def test_the_largest_document_and_the_longest_line_pass() -> None:
    largest = PDF + bytes(MAX_DOCUMENT_BYTES - 2 * len(PDF)) + PDF
    notice = MAPPER.map(row(document=largest, subject="ب" * 2000))
    assert len(notice.document.octets) == MAX_DOCUMENT_BYTES


@pytest.mark.parametrize(
    ("kind", "identifier", "expected"),
    [
        ("حقوقی", "14007650912", RecipientKind.LEGAL),
        ("حقوقي", "۱۴۰۰۷۶۵۰۹۱۲", RecipientKind.LEGAL),
        ("legal", "14007650912", RecipientKind.LEGAL),
        ("اتباع", "123456789012", RecipientKind.FOREIGN),
        ("حـقـیـقـی", "0012345679", RecipientKind.NATURAL),
    ],
)
def test_the_kind_of_recipient_decides_the_identifier(kind: str, identifier: str, expected: RecipientKind) -> None:
    assert MAPPER.map(row(recipient_kind=kind, recipient_id=identifier)).recipient.kind is expected
    other = "اتباع" if expected is not RecipientKind.FOREIGN else "حقیقی"
    assert refused(recipient_kind=other, recipient_id=identifier).field == "recipient_id"


def test_a_later_revision_names_its_predecessor() -> None:
    second = MAPPER.map(row(revision="۲"))
    assert second.revision == 2
    assert second.predecessor == MAPPER.map(row()).reference != second.reference


def test_one_refusal_tells_the_clerk_everything() -> None:
    error = refused(subject="", issued_on="1404/12/30", recipient_id="1", document=None)
    assert (error.code, error.field) == ("notice.field-missing", "subject")
    titles = [reported.partition(":")[0] for reported in error.reason.splitlines()]
    assert titles == ["موضوع", "تاریخ صدور", "شناسه مخاطب", "فایل برگه"]
    assert CATALOGUE["document.missing"].remedy_fa in error.reason


def test_an_identifier_is_not_judged_while_its_kind_is_unknown() -> None:
    assert refused(recipient_kind="؟", recipient_id="1").reason.count("\n") == 0


def test_an_error_names_the_row_and_no_person() -> None:
    error = refused(recipient_id="0012345678", mobile="09129999")
    shown = f"{error} {error.reason}"
    assert "cases 17" in shown
    assert not any(private in shown for private in ("0012345678", "09129999", "كريمي"))


def test_the_mapper_is_recorded_by_name_and_digest() -> None:
    assert MAPPER.name == "case-view-1"
    # A change here is a change of what admitted notices were made by: it needs another file, with another name.
    assert MAPPER.digest == "sha256:797dcd74472f272dbb37c43e1ffea4ae9b5d75bc2b66a2e7b42ba200fe07e454"


def test_a_date_by_which_it_must_be_served_is_read_and_changes_nothing_of_what_is_served() -> None:
    dated, plain = MAPPER.map(row(serve_by="۱۴۰۴/۱۲/۰۱")), MAPPER.map(row(serve_by=None))
    assert (dated.serve_by, plain.serve_by) == (date(2026, 2, 20), None)
    assert (dated.reference, dated.content_digest) == (plain.reference, plain.content_digest)
    assert refused(serve_by="1404/12/31").code == "notice.date"


def values() -> st.SearchStrategy[Value]:
    texts = st.one_of(st.text(), st.text("۰۱۲٣/-۱۴04 "), st.sampled_from(["حقوقی", "اتباع", "1403/12/30"]))
    times = st.one_of(st.dates(), st.datetimes(timezones=st.just(UTC)))
    return st.one_of(st.none(), texts, st.integers(), st.floats(), st.binary(), st.just(PDF), times)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(COLUMNS), values()))
def test_whatever_a_row_holds_it_is_mapped_or_refused(changed: dict[str, Value]) -> None:
    try:
        found = MAPPER.map(row(**changed)).reference
    except RowRefused as error:
        found = error.field
    assert found in COLUMNS or found.startswith("EB-")
