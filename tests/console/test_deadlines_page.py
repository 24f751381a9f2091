"""The page of deadlines: numbers by body and district, links to notices, a file; of the visible bodies alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.legal import due_verb
from adapters.cli.main import app
from adapters.composition.console.mail_run import MailRun
from adapters.composition.installation import Installation
from adapters.composition.passes.deadline_alerts_task import near_days_of
from adapters.composition.tasks import tasks
from adapters.console.pages.notices import deadlines_page
from adapters.storage.search.search_store import SqlSearchStore
from gateway.notice.delivery_state import DeliveryState
from gateway.overview.dates_in_words import civil_day
from gateway.overview.deadlines import at_risk
from gateway.people.permissions import PERMISSIONS, Permission, Role
from gateway.runtime.may_continue import always
from gateway.store.stored import Admission, Process
from tests.conformance.builders import admission, entry, intake, reference
from tests.console.signed_in import Visitor, pages_of, visitor
from tests.manual_clock import ManualClock

Visit = Callable[..., Visitor]
OWN, OTHER = "article-100", "article-55-20"
LATE = 99


@pytest.fixture(scope="module")
def served(fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A store of notices that arrived on each of the last forty days, and of one that did not arrive."""
    folder = tmp_path_factory.mktemp("deadlines") / "copy"
    shutil.copytree(fresh_folder, folder)
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        now = installation.clock()
        made: list[Admission] = []
        for n in range(1, 41):
            at = now - timedelta(days=n)
            times = dict.fromkeys(("admitted_at", "state_since", "waiting_since", "delivered_at"), at)
            present = entry(n, state=DeliveryState.DELIVERED, due_at=None, **times)
            body, kind = ((OWN, "ruling"), (OTHER, "first-warning"))[n % 2]
            made.append(admission(present, body=body, kind=kind, district=f"منطقه {n % 3}"))
        since = dict.fromkeys(("admitted_at", "state_since", "waiting_since"), now - timedelta(days=300))
        waiting = entry(LATE, state=DeliveryState.SUBMITTED, due_at=None, serve_by=civil_day(now), **since)
        made.append(admission(waiting, body=OTHER, kind="first-warning"))
        installation.store().commit(replace(intake(*(each.entry for each in made)), admissions=made))
        yield installation


@pytest.fixture(scope="module")
def visit(served: Installation) -> Visit:
    return partial(visitor, pages_of(served))


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("role", [role for role in Role if Permission.SEE_NOTICES in PERMISSIONS[role]])
def test_deadlines_are_shown_with_their_notices(visit: Visit, role: Role, language: str) -> None:
    page = visit(role, language=language).page("/deadlines?days=30")
    assert page.count("<h1>") == 1
    assert "/notices/EB-" in page
    assert "/deadlines.csv?days=30" in page


@pytest.mark.parametrize("role", [role for role in Role if Permission.SEE_NOTICES not in PERMISSIONS[role]])
def test_who_may_not_see_notices_does_not_see_them(visit: Visit, role: Role) -> None:
    assert "/deadlines" not in visit(role).page("/")
    visit(role).page("/deadlines", 403)
    assert visit(role).get("/deadlines.csv").status_code == 403


def test_a_person_sees_the_own_bodies_alone(visit: Visit) -> None:
    own = visit(Role.COMMISSION_SECRETARY, {OWN}, "en")
    pages = own.page("/deadlines?days=30"), own.get("/deadlines.csv?days=30").text
    other = own.page(f"/deadlines?days=30&body={OTHER}")
    for page in pages:
        assert reference(10) in page or reference(8) in page
        assert OTHER not in page
        assert reference(LATE) not in page
    assert "No deadline ends in this time" in other
    assert reference(LATE) in visit(Role.COMMISSION_SECRETARY, {OTHER}, "en").page("/deadlines")


def test_a_notice_at_risk_says_why(visit: Visit) -> None:
    page = visit(Role.OPERATOR, language="en").page("/deadlines")
    assert "the last useful day of service is near<br>no receipt for longer than usual" in page


def test_the_file_has_no_name_and_all_that_the_page_counts(visit: Visit) -> None:
    answer = visit(Role.OPERATOR).get("/deadlines.csv?days=30")
    assert answer.content_type == "text/csv; charset=utf-8"
    text = answer.get_data().decode("utf-8-sig")
    assert "شخص نمونه" not in text
    assert text.splitlines()[0].startswith("شناسه ابلاغیه,مرجع صادرکننده,")
    assert reference(LATE) in text
    page = visit(Role.OPERATOR).page("/deadlines?days=30")
    assert len(text.splitlines()) - 1 == page.count("/notices/EB-")


def test_a_file_that_is_cut_says_so_in_its_last_row(
    visit: Visit, served: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def last_rows() -> tuple[str, str]:
        file = visit(Role.OPERATOR, language="en").get("/deadlines.csv?days=30").text
        return file.splitlines()[-1], verb(served, "--within", "30", "--csv").splitlines()[-1]

    assert not [row for row in last_rows() if "not complete" in row]
    with monkeypatch.context() as few:
        few.setattr(deadlines_page, "MOST_LISTED", 3)
        few.setattr(due_verb, "MOST_LISTED", 3)
        assert all("This list is not complete" in row for row in last_rows())
        assert "این فهرست کامل نیست" in visit(Role.OPERATOR).get("/deadlines.csv?days=30").text
    # Deadlines are all there; of the notices with a last useful day some were not even read.
    monkeypatch.setattr(at_risk, "MOST_READ", 0)
    assert all("This list is not complete" in row for row in last_rows())
    assert not json.loads(verb(served, "--within", "30", "--json"))["complete"]


def test_outages_stand_on_the_page(visit: Visit, served: Installation) -> None:
    words = {
        "en": ("Nothing was measured so far", "(4 h)", "has recorded no activity since"),
        "fa": ("تاکنون چیزی اندازه", "(۴ ساعت)", "تاکنون نشانه فعالیت ثبت نکرده"),
    }
    now = served.clock()
    for language, (nothing, *_) in words.items():
        assert nothing in visit(Role.OPERATOR, language=language).page("/deadlines")
    for hours in (9, 5):
        seen = now - timedelta(hours=hours)
        served.store().processes.note(Process(owner=f"here/{hours}", began_at=seen, seen_at=seen, passed_at=None))
    for language, (nothing, *told) in words.items():
        page = visit(Role.OPERATOR, language=language).page("/deadlines")
        assert nothing not in page
        assert all(each in page for each in told)


def test_a_file_that_would_leave_notices_out_is_refused(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SqlSearchStore, "complete", False)
    answer = visit(Role.OPERATOR, language="en").get("/deadlines.csv?days=30")
    assert (answer.status_code, "search.unfilled" in answer.text) == (503, True)


def test_a_page_without_rules_shows_the_rest_and_names_what_cannot_be_read(served: Installation) -> None:
    config, broken = served.folder.path("gateway.toml"), served.folder.path("broken.toml")
    folder = served.folder.path("broken-rules")
    folder.mkdir()
    (folder / "article-100.toml").write_text("[body", encoding="utf-8")
    section = '\n[legal]\nrules = "broken-rules"\n'
    broken.write_text(config.read_text(encoding="utf-8") + section, encoding="utf-8")
    with closing(Installation.of(broken)) as installation:
        operator = visitor(pages_of(installation), Role.OPERATOR, language="en")
        page = operator.page("/deadlines?days=30")
        assert "No last day is known at present" in page
        assert "broken-rules/article-100.toml, line 1" in page
        assert reference(LATE) in page
        assert "Deadlines that end" not in page
        assert "has recorded no activity since" in page
        assert operator.get("/deadlines.csv").status_code >= 500
    done = CliRunner().invoke(app, ["legal", "due", "-c", str(broken)])
    assert reference(LATE) in done.stdout
    assert done.exit_code


def test_alarms_ahead_stand_on_every_screen(served: Installation) -> None:
    config, alerting = served.folder.path("gateway.toml"), served.folder.path("alerting.toml")
    section = f'\n[[legal.alerts]]\ndays = 0\nbodies = ["{OTHER}"]\n[[legal.alerts]]\ndays = 3\n'
    section += '[mail]\nserver = "127.0.0.1:1"\nsender = "a@b.example"\nalarm_mailboxes = ["c@b.example"]\n'
    alerting.write_text(config.read_text(encoding="utf-8") + section, encoding="utf-8")
    clock = ManualClock(served.clock())
    with closing(replace(Installation.of(alerting), clock=clock)) as installation:
        [_, ahead] = tasks(installation, ["overdue"])
        report = ahead.run(always)
        near = near_days_of(installation)
        assert near is not None
        assert sorted(error.where for error in report.alarms) == sorted(each.place for each in near.days)
        assert {each.body for each in near.days} == {OWN}
        pages = pages_of(installation)
        own, other = (visitor(pages, Role.COMMISSION_SECRETARY, {body}, "en").page("/") for body in (OWN, OTHER))
        assert own.count("Deadlines that end on") == len(near.days)
        assert "Deadlines that end on" not in other
        mailing = MailRun(installation)
        # A mail server that is away keeps the mail waiting: both alarms and their page are told once.
        for _ in range(3):
            mailing(always)
            clock.advance(minutes=2)
        [mail] = installation.store().mail.due(clock() + timedelta(days=1), 9)
        assert all(name in mail.text for name in near.alarms())
        assert "legal.deadline-near" in mail.text
        assert reference(1)[:3] not in mail.text
    told = json.loads(CliRunner().invoke(app, ["status", "--json", "-c", str(alerting)]).stdout.splitlines()[-1])
    assert sum(each["count"] for each in told["deadlines_near"]) == sum(each.count for each in near.days)
    assert "deadlines_near" not in CliRunner().invoke(app, ["status", "--json", "-c", str(config)]).stdout


def test_nothing_says_so(visit_fresh: Visit) -> None:
    page = visit_fresh(Role.OPERATOR, language="en").page("/deadlines")
    assert "No deadline ends in this time, and no notice is at risk." in page


def test_a_filter_that_means_nothing_is_left_out(visit: Visit) -> None:
    page = visit(Role.OPERATOR, language="en").page("/deadlines?days=-1&body=nobody&district=%00")
    assert "No deadline ends in this time" in page


@pytest.mark.parametrize("typed", ["منطقه ۵", "منطقه 5", "منطقه\u200c ۵"])
def test_page_and_verb_find_a_district_in_any_spelling(visit: Visit, served: Installation, typed: str) -> None:
    """It is stored with Persian digits."""
    page = visit(Role.OPERATOR).get("/deadlines", query_string={"district": typed}).text
    assert f"/notices/{reference(LATE)}" in page
    assert reference(LATE) in verb(served, "--district", typed)


def test_the_verb_has_the_same_deadlines(visit: Visit, served: Installation) -> None:
    found = json.loads(verb(served, "--within", "30", "--json"))
    page = visit(Role.OPERATOR).page("/deadlines?days=30")
    assert len(found["deadlines"]) + len(found["notices_at_risk"]) == page.count("/notices/EB-")
    assert found["complete"]
    assert found["notices_at_risk"][0]["risks"] == ["serve-by-near", "receipt-missing"]
    assert sum(row["within"] for row in found["rows"]) == found["within"] == len(found["deadlines"])
    assert reference(LATE) in verb(served, "--body", OTHER)
    assert "پایان نمی\u200cیابد" in verb(served, "--body", "nobody", language="fa")
    lines = verb(served, "--within", "30", "--csv").splitlines()
    assert lines[0].lstrip("\ufeff") == "reference,body,district,kind,matter,last_day,confirmed,remarks"
    assert len(lines) - 1 == page.count("/notices/EB-")


def verb(installation: Installation, *options: str, language: str = "en") -> str:
    config = str(installation.folder.path("gateway.toml"))
    done = CliRunner().invoke(app, ["--lang", language, "legal", "due", *options, "-c", config])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout
