"""The life of a version by the pages: who may do what, what is recorded, what is refused, from when it is in force."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import jdatetime
import pytest

from adapters.composition.judiciary.bound_profile import bundle_losses
from adapters.console.language.languages import COOKIE
from adapters.console.versions.life_form import possible_forms
from adapters.console.versions.version_pages import places
from adapters.settings import read_folder
from adapters.shipped.resources import PROFILES
from gateway.operations.operator_action import BY_CONSOLE, OperatorAction
from gateway.record.version_subject import Subject
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import CATALOGUE
from gateway.versions import version_actions
from gateway.versions.bundle import bundled
from tests.console.real_people import Console, RealBrowser
from tests.console.version_acts import (
    ADMINISTRATOR,
    APPROVER,
    asked,
    confirm,
    done,
    hidden_of,
    imported,
    state_of,
    view,
)

ACTS = ("submit", "approve", "activate", "retire")
PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def test_a_version_goes_its_way_by_the_pages(console: Console) -> None:
    """Import, submission, approval by another person, activation: each step has its person, reason and record."""
    editor, approver = console.member("maryam", ADMINISTRATOR), console.member("reza", APPROVER)
    path = imported(editor, view("district-5"))
    assert state_of(console, path) == "CHECKED"
    assert "منبعی انتخاب نشده است" in asked(editor, f"{path}/submit", reason="آماده بررسی").text
    done(editor, f"{path}/submit", source=["cases"], reason="آماده بررسی")
    assert f'href="{path}"' in approver.page("/")
    assert 'name="source"' not in approver.page(f"{path}/approve")
    done(approver, f"{path}/approve", source=["cases"], reason="بررسی شد")
    answer = done(editor, f"{path}/activate", source=["cases"], when="now", reason="ابلاغ از امروز")
    assert answer.headers["Location"].startswith(path)
    assert state_of(console, path) == "ACTIVE"
    store = console.installation.store()
    steps = store.versions.history("district-5", 1)
    assert [f"{step.event} {step.account}" for step in steps[-3:]] == [
        "Submission maryam",
        "Approval reza",
        "Activation maryam",
    ]
    assert {step.authentication for step in steps} == {BY_CONSOLE}
    record = store.evidence.record(steps[-2].evidence_id)
    assert record is not None
    told = json.loads(store.evidence.payload(record.payload_digest))
    people = {login: person.id for login in ("maryam", "reza") if (person := store.people.by_login(login))}
    assert (told["submitted_by_person"], told["approved_by_person"]) == (people["maryam"], people["reza"])
    page = approver.page(answer.headers["Location"].partition("?")[0])
    for words in ("آماده بررسی", "بررسی شد", "ابلاغ از امروز"):
        assert words in page
    assert "columns of cases" not in page


def test_a_preview_is_the_record_and_writes_nothing(console: Console) -> None:
    editor = console.member("maryam", ADMINISTRATOR)
    path = imported(editor, view("district-5"))
    before = console.installation.store().versions.history("district-5", 1)
    preview = asked(editor, f"{path}/submit", source=["cases"], reason="دلیل من")
    assert preview.status_code == 200
    assert "دلیل من" in preview.text
    assert "district-5@1" in preview.text
    assert console.installation.store().versions.history("district-5", 1) == before


def test_a_confirmation_counts_once(console: Console) -> None:
    """A second press, or the browser's way back, puts nothing in force a second time."""
    editor, approver = console.member("maryam", ADMINISTRATOR), console.member("reza", APPROVER)
    path = imported(editor, view("district-5"))
    done(editor, f"{path}/submit", source=["cases"], reason="نامه")
    done(approver, f"{path}/approve", reason="نامه")
    preview = asked(editor, f"{path}/activate", source=["cases"], when="now", reason="نامه")
    for _ in range(3):
        assert confirm(editor, f"{path}/activate", preview).status_code == 302
        console.clock.advance(seconds=2)
    assert len(console.installation.store().versions.activations("cases")) == 1


def test_nobody_approves_the_own_submission(console: Console) -> None:
    """Not even a person who has both roles; the form is not offered, and a request is refused."""
    both = console.member("maryam", ADMINISTRATOR, APPROVER)
    path = imported(both, view("district-5"))
    done(both, f"{path}/submit", source=["cases"], reason="نامه")
    assert f'{path}/approve"' not in both.page(path)
    assert "خود شما ارائه" in both.page(path)
    refused = both.post("/mappings/import", f"{path}/approve", reason="نامه")
    assert refused.status_code == 422
    assert "خود شما ارائه" in refused.text
    assert state_of(console, path) == "SUBMITTED"
    done(console.member("reza", APPROVER), f"{path}/approve", reason="نامه")
    assert state_of(console, path) == "APPROVED"


def test_an_account_that_is_the_same_person_approves_nothing(console: Console) -> None:
    """Submitted at a terminal, approved in the browser: by links, not by names of accounts."""
    console.officer()
    approver = console.member("reza", APPROVER)
    _submitted_at_a_terminal(console)
    path = "/mappings/versions/district-5/1"
    unknown = asked(approver, f"{path}/approve", reason="نامه")
    assert unknown.status_code == 422
    assert CATALOGUE["mapping-life.unlinked-account"].fa in unknown.text
    assert CATALOGUE["mapping-life.unlinked-account"].on_page.fa in unknown.text
    console.act("person.link", login="reza", account="root")
    same = approver.post("/account/password", f"{path}/approve", reason="نامه")
    assert same.status_code == 422
    assert CATALOGUE["mapping-life.same-person"].fa in same.text
    console.act("person.link", login="reza", account="root", remove=True)
    console.act("person.link", login="officer-1", account="root")
    done(approver, f"{path}/approve", reason="نامه")
    assert state_of(console, path) == "APPROVED"


def _submitted_at_a_terminal(console: Console) -> None:
    octets = base64.b64encode(view("district-5")).decode()
    console.act("mapping.import", octets=octets, label="view.toml", sources=["cases"])
    console.act("mapping.submit", version="district-5", sources=["cases"])


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (ADMINISTRATOR, {"submit", "activate", "retire"}),
        (APPROVER, {"approve"}),
        ("operator", set()),
        ("auditor", set()),
    ],
)
def test_each_role_is_offered_its_acts_alone(console: Console, role: str, allowed: set[str]) -> None:
    console.officer()
    _submitted_at_a_terminal(console)
    browser = console.member("somebody", role)
    path = "/mappings/versions/district-5/1"
    for act in ACTS:
        assert browser.get(f"{path}/{act}").status_code == (200 if act in allowed else 403), act
    assert (browser.get("/mappings/import").status_code == 200) is (role == ADMINISTRATOR)
    page = browser.page(path)
    assert (f'{path}/approve"' in page) is ("approve" in allowed)
    assert (f'{path}/retire"' in page) is ("retire" in allowed)
    assert f'{path}/submit"' not in page, "it is submitted already"


@pytest.mark.long
@pytest.mark.parametrize(("day", "time"), [("{:%Y/%m/%d}", "۰۸:۳۰"), ("{:%Y-%m-%d}", "8:30")])
def test_a_time_is_typed_in_the_digits_of_any_keyboard(console: Console, day: str, time: str) -> None:
    """A Jalali day and a time of Tehran, as a person types them."""
    editor, approver = console.member("maryam", ADMINISTRATOR), console.member("reza", APPROVER)
    path = _approved(console, editor, approver)
    tomorrow = (console.clock() + timedelta(days=2)).astimezone(TEHRAN).date()
    typed = day.format(jdatetime.date.fromgregorian(date=tomorrow))
    typed = typed.translate(PERSIAN_DIGITS) if "/" in typed else typed
    fields = {"source": ["cases"], "when": "later", "day": typed, "time": time, "reason": "نامه"}
    done(editor, f"{path}/activate", **fields)
    [decision] = console.installation.store().versions.activations("cases")
    expected = datetime(tomorrow.year, tomorrow.month, tomorrow.day, 8, 30, tzinfo=TEHRAN).astimezone(UTC)
    assert decision.begins_at == expected


def _approved(console: Console, editor: RealBrowser, approver: RealBrowser, octets: bytes | None = None) -> str:
    path = imported(editor, octets or view("district-5"))
    done(editor, f"{path}/submit", source=["cases"], reason="نامه")
    done(approver, f"{path}/approve", reason="نامه")
    assert state_of(console, path) == "APPROVED"
    return path


@pytest.mark.long
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"when": "now", "source": ["cases"], "reason": " "}, "act.reason"),
        ({"when": "now", "reason": "نامه"}, "act.request"),
        ({"when": "now", "source": ["nowhere"], "reason": "نامه"}, "act.request"),
        ({"when": "later", "source": ["cases"], "reason": "نامه"}, "date.form"),
        ({"when": "later", "day": "۱۴۰۵/۱۳/۰۱", "source": ["cases"], "reason": "نامه"}, "date.day"),
        ({"when": "later", "day": "فردا", "source": ["cases"], "reason": "نامه"}, "date.form"),
        ({"when": "later", "day": "۱۴۰۰/۰۱/۰۱", "source": ["cases"], "reason": "نامه"}, "mapping-life.past"),
    ],
)
def test_a_mistake_is_shown_in_the_form(console: Console, fields: dict[str, str], code: str) -> None:
    """Keep the typed text in the form; write nothing."""
    editor, approver = console.member("maryam", ADMINISTRATOR), console.member("reza", APPROVER)
    path = _approved(console, editor, approver)
    answer = asked(editor, f"{path}/activate", **fields)
    assert answer.status_code == 422
    assert (CATALOGUE[code].fa if code != "act.request" else "منبعی انتخاب نشده است") in answer.text
    if "day" in fields:
        assert f'value="{fields["day"]}"' in answer.text
    assert console.installation.store().versions.activations("cases") == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("day", "time", "code", "field"),
    [
        ("", "", "date.form", "day"),
        ("", "08:30", "date.form", "day"),
        ("1405-13-45", "08:30", "date.day", "day"),
        ("1205-01-01", "08:30", "date.year", "day"),
        ("1405-12-01", "25:99", "date.time", "time"),
        ("1405-12-01", "صبح", "date.time", "time"),
        ("۱۴۰۰/۰۱/۰۱", "08:30", "mapping-life.past", "day"),
    ],
)
@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_wrong_day_and_a_wrong_time_are_told_apart(
    console: Console, day: str, time: str, code: str, field: str, language: str
) -> None:
    """The message names the text and leads to its field, which is marked."""
    editor, approver = console.member("maryam", ADMINISTRATOR), console.member("reza", APPROVER)
    path = _approved(console, editor, approver)
    editor.client.set_cookie(COOKIE, language)
    page = asked(
        editor, f"{path}/activate", when="later", day=day, time=time, source=["cases"], reason="نامه"
    ).text.partition("<main")[2]
    above = page.partition("<form")[0]
    assert f'href="#{field}"' in above
    if code != "mapping-life.past":
        assert f">{day if field == 'day' else time}</bdi>" in above or not day
    marked = re.findall(r'<input id="(\w+)"[^>]* aria-invalid="true"', page)
    assert marked == [field]
    assert page.count(CATALOGUE[code].fa if language == "fa" else CATALOGUE[code].en) == 2


def test_a_roll_back_and_a_retirement(console: Console) -> None:
    editor, approver = console.member("maryam", ADMINISTRATOR), console.member("reza", APPROVER)
    first = _approved(console, editor, approver)
    done(editor, f"{first}/activate", source=["cases"], when="now", reason="نامه")
    second = _approved(console, editor, approver, view("district-5") + b"# second\n")
    done(editor, f"{second}/activate", source=["cases"], when="now", reason="نامه")
    in_force = editor.post("/mappings/import", f"{second}/retire", reason="نامه")
    assert in_force.status_code == 422
    assert CATALOGUE["mapping-life.in-force"].fa in in_force.text
    assert "/mappings/roll-back/sources/cases" in editor.page(second)
    assert f'{second}/activate"' in editor.page(second), "the other source has the file of the configuration"
    store = console.installation.store()
    version, person = store.versions.get("district-5", 2), store.people.by_login("maryam")
    assert version is not None
    assert person is not None
    its_own = [each for each in places(console.installation) if each.name == "cases"]
    assert {each.act for each in possible_forms(version, person, its_own)} == set(), "it is in force everywhere"
    assert "district-5@1" in editor.page("/mappings/roll-back/sources/cases")
    done(editor, "/mappings/roll-back/sources/cases", reason="ایراد دارد")
    restored = console.installation.store().versions.activations("cases")[-1]
    assert (restored.label, restored.restores) == ("district-5@1", 1)
    done(editor, f"{second}/retire", reason="لازم نیست")
    assert state_of(console, second) == "RETIRED"
    assert approver.get("/mappings/roll-back/sources/cases").status_code == 403
    assert editor.get("/mappings/roll-back/sources/nowhere").status_code == 404


def test_a_profile_is_approved_with_the_guarantees_that_it_gives_up(console: Console) -> None:
    editor, approver = console.member("maryam", ADMINISTRATOR), console.member("reza", APPROVER)
    store = console.installation.store()
    _profile(console, "eblagh-rpc-1")
    path = "/mappings/versions/eblagh-rpc-1/1"
    profile = store.versions.get("eblagh-rpc-1", 1)
    assert profile is not None
    submit = asked(editor, f"{path}/submit", reason="نامه")
    assert submit.status_code in (200, 422)
    # Without its keys a profile cannot be bound here: it is submitted as the command line would with them.
    _submit_profile(console, "eblagh-rpc-1")
    page = approver.page(f"{path}/approve")
    losses = bundle_losses(profile.octets, profile.label)
    assert losses
    for code in losses:
        assert CATALOGUE[code].fa in page
    assert 'name="source"' not in page
    preview = asked(approver, f"{path}/approve", reason="بررسی شد")
    for code in losses:
        assert CATALOGUE[code].fa in preview.text
    assert confirm(approver, f"{path}/approve", preview).status_code == 302
    assert state_of(console, path) == "APPROVED"


def _profile(console: Console, name: str) -> None:
    octets = bundled(read_folder(PROFILES / name))
    made = _act(console, "profile.import")
    version_actions.import_version(
        console.installation.store(), octets, name, "bound", made, "gateway", Subject.PROFILE
    )


def _submit_profile(console: Console, name: str) -> None:
    store = console.installation.store()
    found = version_actions.find(store.versions, name, Subject.PROFILE)
    version_actions.submit(store, found, "bound", _act(console, "profile.submit"), "gateway")


def _act(console: Console, name: str) -> OperatorAction:
    console.clock.advance(seconds=1)
    return OperatorAction(name=name, account="maryam", reason="نامه", at=console.clock(), authentication=BY_CONSOLE)


def test_a_file_is_imported_and_what_its_source_lacks_is_shown(console: Console) -> None:
    editor = console.member("maryam", ADMINISTRATOR)
    octets = view("district-5").replace(b'from = "archive_number"', b'from = "archive_no"')
    preview = asked(editor, "/mappings/import", file=(BytesIO(octets), "a.toml"), source=["cases"], reason="نامه")
    assert preview.status_code == 200
    assert "archive_no؛ موارد موجود: " in preview.text
    assert "there are" not in preview.text
    assert hidden_of(preview.text).getlist("source") == ["cases"]
    assert confirm(editor, "/mappings/import", preview).status_code == 302
    path = "/mappings/versions/district-5/1"
    assert state_of(console, path) == "DRAFT"
    refused = asked(editor, f"{path}/submit", source=["cases"], reason="نامه")
    assert refused.status_code == 422
    assert "archive_no؛ موارد موجود: " in refused.text
    assert "there are" not in refused.text


RESULTS = b"""
[mapping]
language = 1
name = "results-of-town"
kind = "result-to-row"

[[field]]
target = "service_effect"
from = "effect"
"""


def test_a_mapping_of_results_goes_its_way_as_a_file(console: Console) -> None:
    """It has the same life, and neither a form nor a replay, which are of rows: the page says where it is changed."""
    editor, approver = console.member("maryam", ADMINISTRATOR), console.member("reza", APPROVER)
    path = imported(editor, RESULTS)
    for step, person in (("submit", editor), ("approve", approver)):
        done(person, f"{path}/{step}", source=["cases"], reason="نامه")
    done(editor, f"{path}/activate", source=["cases"], when="now", reason="نامه")
    assert state_of(console, path) == "ACTIVE"
    [decision] = console.installation.store().versions.activations("cases", Subject.RESULTS)
    assert decision.label == "results-of-town@1"
    page = editor.page("/mappings")
    [row] = [each for each in page.split("<tr>") if f'href="{path}"' in each and "/mappings/import" in each]
    assert "/mappings/edit" not in row
    assert "نگاشت‌های نتیجه و پروفایل‌ها فرم ندارند" in page
    version = editor.page(path)
    assert "service_effect" in version
    assert f"{path}/replay" not in version
    assert editor.client.get(f"{path}/replay").status_code == 404


@pytest.mark.parametrize(
    "octets",
    [b"", b"\x00\x01", b"[mapping]\n", b"# \xff", b"x = 1\n" * 60_000],
    ids=["empty", "no-text", "no-rules", "no-utf-8", "too-large"],
)
def test_a_file_that_is_no_mapping_is_refused_in_the_form(console: Console, octets: bytes) -> None:
    editor = console.member("maryam", ADMINISTRATOR)
    answer = asked(editor, "/mappings/import", file=(BytesIO(octets), "‮بد.toml"), source=["cases"], reason="دلیل من")
    assert answer.status_code == 422, answer.text[-2000:]
    assert 'value="دلیل من"' in answer.text
    assert console.installation.store().versions.find() == []


def test_another_upload_than_the_one_that_was_shown_is_not_stored(console: Console) -> None:
    editor = console.member("maryam", ADMINISTRATOR)
    file = (BytesIO(view("district-5")), "a.toml")
    preview = asked(editor, "/mappings/import", file=file, source=["cases"], reason="نامه")
    fields = hidden_of(preview.text)
    fields["octets"] = base64.b64encode(view("district-6")).decode()
    answer = editor.client.post("/mappings/import", data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 422
    assert CATALOGUE["act.changed"].fa in answer.text
    assert console.installation.store().versions.find() == []


def test_an_unknown_version_is_404(console: Console) -> None:
    editor = console.member("maryam", ADMINISTRATOR)
    for act in ("submit", "activate", "retire", "replay"):
        assert editor.get(f"/mappings/versions/nobody/1/{act}").status_code == 404
