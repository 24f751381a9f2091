"""Rules and calendar by the pages: shown, compared, put in force and rolled back."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from werkzeug.datastructures import MultiDict

from adapters.acts.act_message import Facts
from adapters.composition.installation import Installation
from adapters.composition.legal.law_versions import compared_calendar
from adapters.settings.legal_folder import legal_files
from gateway.notice.delivery_state import DeliveryState
from gateway.overview.legal.moved_deadline_words import NOT_COMPARED, would_move
from gateway.people.permissions import Role
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.record.version_subject import Subject
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.versions.laws import bundle_of
from gateway.versions.version_plans import find
from tests.conformance.builders import NOW, admit, entry
from tests.console.signed_in import Visitor, pages_of, visitor
from tests.console.version_acts import hidden_of
from tests.law_installation import CLOSED, act, approved, changed, law_installation

BACK = "/mappings/roll-back/calendar/every-notice"


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with law_installation(tmp_path) as opened:
        yield opened


@pytest.fixture
def editor(installation: Installation) -> Visitor:
    return visitor(pages_of(installation), Role.MAPPING_ADMINISTRATOR, language="fa")


def imported(installation: Installation, area: str, folder: Path) -> Facts:
    octets = base64.b64encode(bundle_of(legal_files(folder))).decode()
    return act(installation, f"{area}.import", octets=octets, label=area, name=area)


def previewed(editor: Visitor, path: str, **fields: str) -> str:
    """Return the text of an act's preview, after it was confirmed."""
    preview = editor.post(path, reason="بخشنامه ۱۲", **fields)
    assert preview.status_code == 200, preview.text[-3000:]
    confirmed = editor.client.post(path, data=hidden_of(preview.text), headers={"Sec-Fetch-Site": "same-origin"})
    assert confirmed.status_code == 302, confirmed.text[-3000:]
    return unescape(preview.text)


def moved_records(installation: Installation) -> list[str]:
    rows = installation.store().evidence.of_notice(entry(1).reference)
    headers = [Header.of(row.header) for row in rows]
    return [each.context["moved"] for each in headers if each.kind is EvidenceKind.DEADLINES_MOVED]


@pytest.mark.long
def test_a_calendar_that_is_put_in_force_shows_and_records_the_last_days_that_it_moves(
    installation: Installation, editor: Visitor, tmp_path: Path
) -> None:
    folder, path = changed(tmp_path / "calendar", "1404.toml", "closed = [", CLOSED), "/mappings/versions/calendar/2"
    imported(installation, "calendar", tmp_path / "calendar")
    approved(installation, "calendar")
    previewed(editor, "/mappings/versions/calendar/1/activate", when="now")
    assert moved_records(installation) == [], "it says what the folder said"
    imported(installation, "calendar", folder)
    assert "آلودگی هوا" in editor.page(f"{path}?against=1")
    approved(installation, "calendar")
    preview = previewed(editor, f"{path}/activate", when="now")
    for words in ("۱۴۰۴/۱۱/۲۵", "۱۴۰۴/۱۱/۲۶", "آلودگی هوا", "همه ابلاغیه‌ها"):
        assert words in preview
    assert moved_records(installation) == ["1"]
    assert BACK in editor.page(path)
    meaning = "آخرین روز مهلت همه ابلاغیه‌ها، از جمله ابلاغ‌شده‌ها، بر پایه آن محاسبه می‌شود"
    for page in (editor.page(BACK), previewed(editor, BACK)):
        assert meaning in page
        assert "تغییر نمی‌کند." not in page
    assert moved_records(installation) == ["1", "1"], "the roll-back moves it back"


def test_a_calendar_moves_no_other_last_days_than_were_shown(
    installation: Installation, editor: Visitor, tmp_path: Path
) -> None:
    """Notices arrive while the preview stands open. One whose last day does not change takes nothing from it."""
    path = "/mappings/versions/calendar/1/activate"
    imported(installation, "calendar", changed(tmp_path / "calendar", "1404.toml", "closed = [", CLOSED))
    approved(installation, "calendar")

    def preview() -> MultiDict[str, str]:
        return hidden_of(editor.post(path, reason="بخشنامه ۱۲", when="now").text)

    left_open = preview()
    arrived = {"state": DeliveryState.DELIVERED}
    admit(installation.store(), entry(2, **arrived, delivered_at=NOW - timedelta(days=60)))
    assert preview()["shown"] == left_open["shown"]
    admit(installation.store(), entry(3, **arrived, delivered_at=NOW))
    answer = editor.client.post(path, data=left_open, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 422
    assert CATALOGUE["act.changed"].fa in answer.text
    assert installation.store().versions.activations("every-notice", Subject.CALENDAR) == []
    assert moved_records(installation) == []
    confirmed = editor.client.post(path, data=preview(), headers={"Sec-Fetch-Site": "same-origin"})
    assert confirmed.status_code == 302
    assert moved_records(installation) == ["2"]


def test_a_roll_back_to_a_calendar_without_the_configured_province_is_refused(
    installation: Installation, tmp_path: Path
) -> None:
    older = changed(tmp_path / "calendar", "provinces.toml", 'qom = { title = "قم", title_en = "Qom" }', "")
    for folder in (older, tmp_path / "calendar"):
        imported(installation, "calendar", folder)
        approved(installation, "calendar")
        act(installation, "calendar.activate", version="calendar")
    with installation.file.open("a", encoding="utf-8") as file:
        file.write('province = "qom"\n')
    with closing(Installation.of(installation.file)) as later:
        with pytest.raises(GatewayError, match=r"legal\.province"):
            act(later, "calendar.rollback", subject="calendar")
        page = visitor(pages_of(later), Role.MAPPING_ADMINISTRATOR, language="fa").post(BACK, reason="بخشنامه ۱۲")
    assert page.status_code == 422
    assert CATALOGUE["legal.province"].fa in page.text
    decisions = installation.store().versions.activations("every-notice", Subject.CALENDAR)
    assert [each.label for each in decisions] == ["calendar@1", "calendar@2"]


def test_an_approver_sees_what_a_calendar_would_move(installation: Installation, tmp_path: Path) -> None:
    imported(installation, "calendar", changed(tmp_path / "calendar", "1404.toml", "closed = [", CLOSED))
    found = compared_calendar(installation, find(installation.store().versions, "calendar", Subject.CALENDAR))
    assert found is not None
    first, second = would_move(found.notices, found.moved)
    assert first.en == "Last days that would change if it were in force now: 1 (served notices: 1)."
    assert "1404-11-25 → 1404-11-26" in second.en


def test_while_no_rules_can_be_read_a_calendar_comes_into_force_without_the_list(
    installation: Installation, editor: Visitor, tmp_path: Path
) -> None:
    imported(installation, "calendar", tmp_path / "calendar")
    approved(installation, "calendar")
    (tmp_path / "rules" / "article-100.toml").write_text("kind =", encoding="utf-8")
    assert NOT_COMPARED.fa in previewed(editor, "/mappings/versions/calendar/1/activate", when="now")
    assert moved_records(installation) == []
    store = installation.store()
    activation = store.versions.history("calendar", 1)[-1]
    record = store.evidence.record(activation.evidence_id)
    assert record is not None
    payload = store.evidence.payload(record.payload_digest)
    assert json.loads(payload)["moved"] == "not compared"


@pytest.mark.parametrize(("area", "file"), [("rules", "article-77.toml"), ("calendar", "1404.toml")])
def test_the_folder_of_the_configuration_is_shown_until_a_version_is_in_force(
    editor: Visitor, area: str, file: str
) -> None:
    assert f"/mappings/files/{area}/every-notice" in editor.page("/mappings")
    assert file in editor.page(f"/mappings/files/{area}/every-notice")


def test_a_version_with_a_mistake_says_where_it_is(installation: Installation, editor: Visitor, tmp_path: Path) -> None:
    facts = imported(installation, "rules", changed(tmp_path / "rules", "article-100.toml", '"10 days"', '"10 dyas"'))
    assert facts["state"] == "DRAFT"
    assert "article-100.toml" in editor.page("/mappings/versions/rules/1")
    assert editor.post("/mappings/versions/rules/1/submit", reason="آماده").status_code == 422
