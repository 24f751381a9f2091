"""Rules and calendar by the pages: shown, submitted, approved by another person, put in force and rolled back."""

from __future__ import annotations

import base64

import pytest

from adapters.composition.installation import Installation
from adapters.settings.legal_folder import legal_files
from adapters.shipped.resources import CALENDAR, RULES
from gateway.legal.legal_file import LegalFile
from gateway.notice.delivery_state import DeliveryState
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.versions.laws import bundle_of
from tests.conformance.builders import NOW, admit, entry
from tests.console.real_people import Console
from tests.console.version_acts import ADMINISTRATOR, APPROVER, asked, done, state_of

CLOSED = 'closed = [{ day = "1404-11-25", title = "آلودگی هوا", title_en = "smog", source = "s", mark = "confirmed" },'


def with_closure(octets: bytes) -> bytes:
    return octets.decode().replace("closed = [", CLOSED).encode()


def imported(console: Console, area: str, files: list[LegalFile]) -> str:
    """Import files as on the command line; return the address of the version."""
    octets = base64.b64encode(bundle_of(files)).decode()
    facts = console.act(f"{area}.import", octets=octets, label=area, name=area)
    name, _, number = facts["version"].partition("@")
    return f"/mappings/versions/{name}/{number}"


def moved_records(installation: Installation, reference: str) -> list[Header]:
    headers = [Header.of(row.header) for row in installation.store().evidence.of_notice(reference)]
    return [header for header in headers if header.kind is EvidenceKind.DEADLINES_MOVED]


def test_a_calendar_goes_its_way_by_the_pages(console: Console) -> None:
    editor, approver = console.member("maryam", ADMINISTRATOR), console.member("reza", APPROVER)
    [served] = admit(console.installation.store(), entry(1, state=DeliveryState.DELIVERED, delivered_at=NOW))
    first = imported(console, "calendar", legal_files(CALENDAR))
    done(editor, f"{first}/submit", reason="نخست")
    done(approver, f"{first}/approve", reason="بررسی شد")
    done(editor, f"{first}/activate", when="now", reason="از امروز")
    assert [each.context["moved"] for each in moved_records(console.installation, served.reference)] == []
    files = [
        LegalFile(name=each.base, octets=with_closure(each.octets) if each.base == "1404.toml" else each.octets)
        for each in legal_files(CALENDAR)
    ]
    path = imported(console, "calendar", files)
    assert "آلودگی هوا" in editor.page(path)
    assert "آلودگی هوا" in editor.page(f"{path}?against=1")
    done(editor, f"{path}/submit", reason="تعطیلی")
    preview = asked(approver, f"{path}/approve", reason="بررسی شد").text
    assert "از ۱۴۰۴/۱۱/۲۵ به ۱۴۰۴/۱۱/۲۶" in preview
    done(approver, f"{path}/approve", reason="بررسی شد")
    preview = asked(editor, f"{path}/activate", when="now", reason="از امروز").text
    assert "از ۱۴۰۴/۱۱/۲۵ به ۱۴۰۴/۱۱/۲۶" in preview
    assert "آلودگی هوا" in preview
    assert moved_records(console.installation, served.reference) == [], "a preview writes nothing"
    done(editor, f"{path}/activate", when="now", reason="از امروز")
    assert state_of(console, path) == "ACTIVE"
    assert [each.context["moved"] for each in moved_records(console.installation, served.reference)] == ["1"]
    assert "همه ابلاغیه‌ها" in editor.page("/mappings")
    assert "بازگرداندن" in editor.page(path)
    back = "/mappings/roll-back/calendar/every-notice"
    assert "از ۱۴۰۴/۱۱/۲۶ به ۱۴۰۴/۱۱/۲۵" in asked(editor, back, reason="اشتباه بود").text
    done(editor, back, reason="اشتباه بود")
    assert len(moved_records(console.installation, served.reference)) == 2
    assert console.installation.laws().at(None).calendar.closure(NOW.date().replace(day=14), None) is None


@pytest.mark.parametrize(("area", "file"), [("rules", "article-77.toml"), ("calendar", "1404.toml")])
def test_the_folder_of_the_configuration_is_shown_until_a_version_is_in_force(
    console: Console, area: str, file: str
) -> None:
    editor = console.member("maryam", ADMINISTRATOR)
    assert f"/mappings/files/{area}/every-notice" in editor.page("/mappings")
    assert file in editor.page(f"/mappings/files/{area}/every-notice")


def test_a_version_with_a_mistake_says_where_it_is(console: Console) -> None:
    editor = console.member("maryam", ADMINISTRATOR)
    files = [
        LegalFile(name=each.base, octets=each.octets.replace(b'"10 days"', b'"10 dyas"')) for each in legal_files(RULES)
    ]
    path = imported(console, "rules", files)
    assert state_of(console, path) == "DRAFT"
    assert "article-100.toml" in editor.page(path)
    assert asked(editor, f"{path}/submit", reason="آماده").status_code == 422
