"""The list of notices: one box for everything, filters in the address, and no notice of another body."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from markupsafe import escape
from typer.testing import CliRunner
from werkzeug.test import TestResponse

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.console.pages.notices import notices_page
from adapters.crypto.xml.sealing import recipient_identifier
from adapters.storage.search.search_store import SqlSearchStore
from adapters.terminal.printing import MISUSE
from gateway.notice.identifiers import national_id
from gateway.notice.legal_effect import persian_digits
from gateway.notice.text import fold
from gateway.overview.next_step import ACTORS
from gateway.overview.notice_words import STATES
from gateway.overview.notices.notice_sentence import ISSUED_ANEW
from gateway.people.permissions import Role
from gateway.quarantine.quarantine import set_aside
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import CATALOGUE, Actor, GatewayError
from gateway.store.stored import Admission, Changes, QuarantineKind
from tests.conformance.builders import entry
from tests.conformance.claims import intake_of
from tests.console.signed_in import BODY, Visitor
from tests.console.troubled import Troubled

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def notices(lived: Installation) -> list[Admission]:
    return lived.store().notices.find(state=None, limit=1000, after=None)


@pytest.fixture(scope="module")
def own(notices: list[Admission]) -> list[Admission]:
    return [each for each in notices if each.body == BODY]


@pytest.fixture(scope="module")
def others(notices: list[Admission]) -> list[Admission]:
    return [each for each in notices if each.body != BODY]


def identifier_of(installation: Installation, notice: Admission) -> str:
    return recipient_identifier(installation.store().evidence.payload(notice.entry.seal_digest))


def references(page: str) -> list[str]:
    return re.findall(r'href="/notices/(EB-[A-Z2-7]+)"', page)


def found(visitor: Visitor, typed: str) -> TestResponse:
    """Type into the search box, and follow to the list."""
    answer = visitor.post("/notices/find", q=typed)
    return visitor.get(answer.headers["Location"]) if answer.status_code == 302 else answer


def test_newest_first_and_page_by_page(visit: Visit, notices: list[Admission]) -> None:
    """Following the pages shows each notice once, whatever their number."""
    operator, seen, path = visit(Role.OPERATOR), list[str](), "/notices"
    while path:
        page = operator.page(path)
        seen += references(page)
        further = re.search(r'<a href="([^"]+)" rel="next">', page)
        path = further[1].replace("&amp;", "&") if further else ""
    ordered = sorted(notices, key=lambda each: (each.entry.admitted_at, each.entry.reference), reverse=True)
    assert seen == [each.entry.reference for each in ordered]
    assert len(seen) > notices_page.PAGE


def test_times_are_of_tehran(visit: Visit, notices: list[Admission]) -> None:
    newest = max(notices, key=lambda each: (each.entry.admitted_at, each.entry.reference))
    shown = f"{newest.entry.admitted_at.astimezone(TEHRAN):%Y-%m-%d %H:%M}"
    page = visit(Role.OPERATOR, language="en").page("/notices")
    assert f">{shown}</time><br>" in page
    assert not re.search(r">\d{4}-\d\d-\d\dT", page)


def test_a_secretary_sees_the_own_body_only(visit: Visit, own: list[Admission], others: list[Admission]) -> None:
    secretary = visit(Role.COMMISSION_SECRETARY)
    assert set(references(secretary.page("/notices"))) == {each.entry.reference for each in own}
    other = others[0]
    for path in (
        f"/notices?body={other.body}",
        f"/notices?case={other.case_number}",
        f"/notices?reference={other.entry.reference}",
        f"/notices/list.csv?body={other.body}",
    ):
        page = secretary.page(path)
        assert references(page) == []
        assert other.recipient_name not in page
    assert references(found(secretary, other.paper_number).text) == []


def test_the_choices_are_of_the_own_body(visit: Visit) -> None:
    page = visit(Role.COMMISSION_SECRETARY).page("/notices")
    assert "first-warning" not in page
    assert 'name="body"' not in page
    assert 'name="body"' in visit(Role.AUDITOR).page("/notices")


@pytest.mark.parametrize("digits", [str, persian_digits])
@pytest.mark.parametrize(
    ("field", "name"),
    [("case_number", "شماره پرونده"), ("paper_number", "شماره برگه"), ("tracking_number", "شماره رهگیری")],
)
def test_a_number_is_recognised(
    visit: Visit, own: list[Admission], field: str, name: str, digits: Callable[[str], str]
) -> None:
    """Of a case, a paper or a submission, in the digits of either keyboard; the page says what it was taken for."""
    wanted = next(each for each in own if each.entry.tracking_number)
    number = wanted.entry.tracking_number if field == "tracking_number" else getattr(wanted, field)
    page = found(visit(Role.OPERATOR), digits(number)).text
    assert wanted.entry.reference in references(page)
    assert f"جست‌وجو به عنوان {name}" in page


def test_a_reference_a_name_and_a_beginning_are_recognised(visit: Visit, own: list[Admission]) -> None:
    wanted, operator = own[0], visit(Role.OPERATOR, language="en")
    assert references(found(operator, wanted.entry.reference.lower()).text) == [wanted.entry.reference]
    first = wanted.recipient_name.split()[0]
    page = found(operator, first).text
    assert wanted.entry.reference in references(page)
    assert "Taken for: recipient&#39;s name" in page
    assert wanted.entry.reference in references(found(operator, wanted.case_number[:-2]).text)


@pytest.mark.parametrize("digits", [str, persian_digits])
def test_an_identifier_is_found_and_stands_nowhere(
    visit: Visit, lived: Installation, own: list[Admission], digits: Callable[[str], str]
) -> None:
    """Neither in the address, nor in the page."""
    wanted, secretary = own[0], visit(Role.COMMISSION_SECRETARY)
    identifier = identifier_of(lived, wanted)
    answer = secretary.post("/notices/find", q=digits(identifier))
    address = answer.headers["Location"]
    page = secretary.page(address)
    assert wanted.entry.reference in references(page)
    for told in (address, page):
        assert identifier not in told
        assert persian_digits(identifier) not in told


def test_another_bodys_recipient_is_not_found(visit: Visit, lived: Installation, notices: list[Admission]) -> None:
    """Neither by the identifier, nor by a link that somebody of the other body kept."""
    by_body: dict[str, set[str]] = {}
    for each in notices:
        by_body.setdefault(each.body, set()).add(identifier_of(lived, each))
    body, identifier = next(
        (body, one) for body, known in by_body.items() if body != BODY for one in sorted(known - by_body[BODY])
    )
    address = visit(Role.COMMISSION_SECRETARY, {body}).post("/notices/find", q=identifier).headers["Location"]
    assert references(visit(Role.COMMISSION_SECRETARY, {body}).page(address))
    assert references(visit(Role.COMMISSION_SECRETARY).page(address)) == []
    answer = visit(Role.COMMISSION_SECRETARY).post("/notices/find", q=identifier)
    assert answer.status_code == 200
    assert identifier not in answer.text


@pytest.mark.parametrize(
    "typed",
    [
        "0012345679",
        "۰۰۱۲۳۴۵۶۷۹",
        "0012345678",
        "001 234 5679",
        "14007650912",
        "0012345679*",
        "001.234.5679",
        "001/2345679",
        "کد ملی 0012345679",
        "+989121234567",
    ],
)
def test_what_may_be_an_identifier_leads_to_no_address(visit: Visit, typed: str) -> None:
    """Nor is it shown again, though nothing was found by it; also with a typing error in it."""
    answer = visit(Role.OPERATOR).post("/notices/find", q=typed)
    assert answer.status_code == 200
    assert "یافت نشد" in answer.text
    assert typed not in answer.text
    # Reloaded, or asked for in the other language, it is the list.
    assert visit(Role.OPERATOR).get("/notices/find").headers["Location"] == "/notices"


def test_a_text_that_nothing_has_is_an_empty_list_with_other_meanings(visit: Visit) -> None:
    answer = visit(Role.OPERATOR, language="en").post("/notices/find", q="1399/77")
    assert answer.headers["Location"] == "/notices?case=1399/77"
    page = visit(Role.OPERATOR, language="en").page("/notices?case=1399/77")
    assert "No notice matches." in page
    assert 'href="/notices?paper=1399/77"' in page
    assert visit(Role.OPERATOR).post("/notices/find", q="  ").headers["Location"] == "/notices"


def test_filters_narrow_the_list(visit: Visit, notices: list[Admission]) -> None:
    operator = visit(Role.OPERATOR)
    state = notices[0].entry.state
    page = operator.page(f"/notices?state={state.value}&kind={notices[0].kind}&body={notices[0].body}")
    wanted = {
        each.entry.reference
        for each in notices
        if (each.entry.state, each.kind, each.body) == (state, notices[0].kind, notices[0].body)
    }
    assert set(references(page)) == wanted
    assert "selected" in page
    assert references(operator.page("/notices?state=NO_SUCH_STATE")) == []
    assert references(operator.page("/notices?kind=none")) == []
    district = notices[0].district
    of_district = {each.entry.reference for each in notices if fold(each.district) == fold(district)}
    assert set(references(operator.page(f"/notices?district={district}"))) == of_district


def test_days_are_jalali_in_any_digits(visit: Visit, lived: Installation) -> None:
    operator = visit(Role.OPERATOR)
    assert references(operator.page("/notices?from=۱۴۰۰/۰۱/۰۱&to=1499/12/01"))
    assert references(operator.page("/notices?to=1400/01/01")) == []
    wrong = operator.page("/notices?from=1405/13/01")
    assert references(wrong) == []
    assert 'aria-invalid="true"' in wrong
    assert "list.csv" not in wrong


@pytest.mark.parametrize("nothing", ["*", "\u0640", "\u200c", "\u064b", "\0"])
def test_a_text_that_says_nothing_is_a_mistake_and_finds_nothing(visit: Visit, nothing: str) -> None:
    """A star, a mark alone or an invisible character must not be a list of every notice."""
    operator = visit(Role.OPERATOR, language="en")
    for name in ("case", "paper", "tracking", "reference", "name", "district"):
        query = urlencode({name: nothing})
        page = operator.page(f"/notices?{query}")
        assert references(page) == []
        assert "no character that can be looked for" in page
        assert "/notices/acts/new" not in page
        assert len(operator.get(f"/notices/list.csv?{query}").text.splitlines()) == 1
    assert references(operator.page("/notices?name=&district=+")), "an empty field is no filter"


def test_the_verb_refuses_a_text_that_says_nothing(lived: Installation) -> None:
    config = str(lived.folder.path("gateway.toml"))
    done = CliRunner().invoke(app, ["notice", "find", "--name", "*", "--state", "DELIVERED", "-c", config])
    assert done.exit_code == MISUSE
    assert "no character that can be looked for" in done.stderr


def test_the_file_is_of_the_filters_and_safe(
    visit: Visit, own: list[Admission], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = visit(Role.COMMISSION_SECRETARY).get(f"/notices/list.csv?body={BODY}")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="notices.csv"'
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert {row[0] for row in rows[1:]} == {each.entry.reference for each in own}
    assert rows[0][1] == "وضعیت"
    assert {row[1] for row in rows[1:]} == {STATES[each.entry.state].fa for each in own}
    monkeypatch.setattr(notices_page, "MOST_IN_FILE", 2)
    shorter = visit(Role.COMMISSION_SECRETARY, language="en").get("/notices/list.csv").data.decode("utf-8-sig")
    assert len(shorter.splitlines()) == 4
    assert "There are more than 2 notices" in shorter


def test_no_cell_of_the_file_is_a_formula(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.console.notices.notice_table.say", lambda _: '=HYPERLINK("x")')
    text = visit(Role.OPERATOR).get("/notices/list.csv").data.decode("utf-8-sig")
    [second] = {row[1] for row in csv.reader(io.StringIO(text.partition("\n")[2]))}
    assert second == '\'=HYPERLINK("x")'


def test_an_index_that_lacks_notices_proves_nothing(
    visit: Visit, lived: Installation, own: list[Admission], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither for digits that find nothing, nor for a link with the keyed hash of an identifier."""
    monkeypatch.setattr("adapters.console.notices.search_box.unindexed", lambda _: 3)
    monkeypatch.setattr(notices_page, "unindexed", lambda _: 3)
    operator, incomplete = visit(Role.OPERATOR, language="en"), CATALOGUE["search.incomplete"].en
    assert incomplete in operator.post("/notices/find", q="0012345679").text
    assert incomplete in operator.page(f"/notices?recipient={'0' * 16}-{'0' * 64}")
    monkeypatch.setattr(SqlSearchStore, "complete", False)
    assert escape(CATALOGUE["search.unfilled"].en) in operator.page("/notices")
    file = operator.get("/notices/list.csv")
    assert (file.status_code, "search.unfilled" in file.text) == (503, True)


def test_the_file_names_whoever_must_act_as_the_page_does(own_troubles: Troubled, visit_own: Visit) -> None:
    rejected, store = own_troubles.notices["rejected"], own_troubles.installation.store()
    octets = b"<signed/>"
    contradiction = GatewayError("receipt.contradiction", where=rejected)
    item, payload = set_aside(octets, QuarantineKind.RECEIPT, "judiciary", contradiction, own_troubles.passes.clock())
    store.commit(Changes(quarantine=[replace(item, notice=rejected)], payloads=[payload]))
    text = visit_own(Role.OPERATOR, language="en").get("/notices/list.csv").data.decode("utf-8-sig")
    actors = {row["Reference"]: row["Who must act"] for row in csv.DictReader(io.StringIO(text))}
    assert actors.pop(rejected) == ACTORS[Actor.OPERATOR].en
    assert ACTORS[Actor.MUNICIPALITY].en in actors.values()


def test_a_rejected_notice_names_the_later_one_of_its_row(own_troubles: Troubled, visit_own: Visit) -> None:
    """The row was corrected in its case number."""
    store, rejected = own_troubles.installation.store(), own_troubles.notices["rejected"]
    operator, earlier = visit_own(Role.OPERATOR, language="en"), store.notices.admission(rejected)
    assert earlier is not None
    assert "issue the paper anew" in operator.page(f"/notices/{rejected}")
    corrected = entry(9, source=earlier.entry.source, row_key=earlier.entry.row_key, replaces=rejected)
    store.commit(intake_of(corrected, body=earlier.body, case_number="1404/99"))
    for path in (f"/notices/{rejected}", f"/notices?reference={rejected}"):
        page = operator.page(path)
        assert "issue the paper anew" not in page
    page = operator.page(f"/notices/{rejected}")
    assert ISSUED_ANEW.words.en in page
    assert corrected.reference in page


def test_without_a_key_nobody_is_found_by_the_identifier(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_key(*_: object) -> None:
        raise GatewayError("search.no-key", where="recipient.key")

    monkeypatch.setattr("adapters.console.notices.search_box.hashes_of", no_key)
    answer = visit(Role.OPERATOR, language="en").post("/notices/find", q="0012345679")
    assert CATALOGUE["search.no-key"].en in answer.text


@pytest.mark.parametrize("odd", ["%00", "%ED%A0%80", "x" * 5000, "%27%22%3C"])
def test_odd_addresses_are_no_errors(visit: Visit, odd: str) -> None:
    """PostgreSQL takes no NUL."""
    operator = visit(Role.OPERATOR)
    for name in ("case", "paper", "tracking", "reference", "name", "district", "kind", "body", "state", "recipient"):
        operator.page(f"/notices?{name}={odd}")
    operator.page(f"/notices/{odd}", status=404)
    operator.page(f"/notices?from={odd}")


def test_an_empty_store_says_what_will_stand_here(visit_fresh: Visit) -> None:
    assert "No notice has been taken in yet." in visit_fresh(Role.OPERATOR, language="en").page("/notices")


def test_a_store_that_fails_is_an_error_page(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise GatewayError("store.unavailable", where="here")

    monkeypatch.setattr(SqlSearchStore, "find", fail)
    for path in ("/notices", "/notices/list.csv"):
        assert 'role="alert"' in visit(Role.OPERATOR).page(path, status=503)


def test_a_wrong_place_in_the_list_is_a_clear_error(visit: Visit) -> None:
    visit(Role.OPERATOR).page("/notices?after=nowhere", status=422)


def test_an_identifier_of_the_demonstration_is_a_real_one(lived: Installation, own: list[Admission]) -> None:
    """The tests above would prove nothing with made-up digits."""
    natural = [one for each in own if len(one := identifier_of(lived, each)) == 10]
    assert all(national_id(one) == one for one in natural)
    assert natural
