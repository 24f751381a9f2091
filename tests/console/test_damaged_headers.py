"""A record whose header cannot be read: its pages say so, with the verdict *failed*, and show all the rest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.composition.installation import Installation
from adapters.console.notices.opened_notice import key_of
from gateway.people.permissions import Role
from gateway.record.evidence_record import EvidenceKind
from tests.console.damaged_records import Damaged
from tests.console.signed_in import Visitor, pages_of, visitor

UNREADABLE = "The header cannot be read."


@pytest.fixture(scope="module")
def folder(lived_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(lived_folder, tmp_path_factory.mktemp("damaged") / "folder")


@pytest.fixture
def damaged(folder: Path) -> Iterator[Damaged]:
    made = Damaged(folder)
    yield made
    made.restore()


@pytest.fixture(scope="module")
def auditor(folder: Path) -> Iterator[Visitor]:
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        yield visitor(pages_of(installation), Role.AUDITOR, language="en")


@pytest.fixture(params=[b"{}", b'{"v": 1', b"\xff"], ids=["empty", "broken", "no-text"])
def octets(request: pytest.FixtureRequest) -> bytes:
    found: bytes = request.param
    return found


@pytest.mark.parametrize("kind", [EvidenceKind.SEALED_NOTICE, EvidenceKind.CONFIGURATION_CHANGED])
def test_the_audit_room_lists_and_judges_it(
    damaged: Damaged, auditor: Visitor, kind: EvidenceKind, octets: bytes
) -> None:
    first, second = damaged.rows("WHERE kind = ?", kind)[0], damaged.rows("WHERE kind = 'RECEIPT'")[0]
    damaged.damage(octets, first)
    listed = auditor.page(f"/audit/records?kind={kind}")
    while f'/audit/records/{first}"' not in listed:
        listed = auditor.page(listed.split('" rel="next"')[0].rpartition('href="')[2].replace("&amp;", "&"))
    row = listed.split(f'/audit/records/{first}"')[1].split("</tr>")[0]
    assert UNREADABLE in row
    assert ">failed<" in row
    for verify in ("", "?verify=1"):
        page = auditor.page(f"/audit/records/{first}{verify}")
        assert UNREADABLE in page
        assert ">failed<" in page
    auditor.page(f"/audit/payloads/{first}")
    auditor.page("/audit")
    assert UNREADABLE not in auditor.page(f"/audit/records/{second}?verify=1")


def test_an_act_that_cannot_be_read_is_in_every_list_of_acts(damaged: Damaged, auditor: Visitor, octets: bytes) -> None:
    reference = damaged.rows("WHERE kind = 'SEALED_NOTICE'")[-1].removeprefix("seal:")
    auditor.page(f"/notices/{reference}")
    act = damaged.rows("WHERE kind = 'PERSON_ACT'")[-1]
    damaged.damage(octets, act)
    for wanted in ("", "?act=access", "?act=notice.open", "?act=resume"):
        row = auditor.page(f"/audit/acts{wanted}").split(f'/audit/records/{act}"')[1].split("</tr>")[0]
        assert UNREADABLE in row
        assert ">failed<" in row


def test_the_page_of_a_notice_says_so_and_shows_the_rest(damaged: Damaged, auditor: Visitor, octets: bytes) -> None:
    seals = damaged.rows("WHERE kind = 'SEALED_NOTICE'")
    reference = seals[1].removeprefix("seal:")
    kinds = ("WHERE notice = ? AND kind <> 'SERVICE_CERTIFICATE'", reference)
    whole = auditor.page(f"/notices/{reference}")
    for record in damaged.rows(*kinds):
        damaged.damage(octets, record)
        page = auditor.page(f"/notices/{reference}")
        told = page.split("cannot be read: 1.")[1].split("</div>")[0]
        assert record.replace("&", "&amp;") in told
        assert reference in page
        assert whole.count("<li>") - page.count("<li>") <= 1
        opened = auditor.page(f"/notices/{reference}/records/{key_of(record)}")
        assert UNREADABLE in opened
        assert ">failed<" in opened
        damaged.restore()


def test_a_step_without_a_header_is_not_the_gateways_own_word(damaged: Damaged, auditor: Visitor) -> None:
    """Its record is here, and fails."""
    seal = damaged.rows("WHERE kind = 'SEALED_NOTICE'")[2]
    reference = seal.removeprefix("seal:")
    before = auditor.page(f"/notices/{reference}").count("own word")
    damaged.damage(b"{}", seal)
    page = auditor.page(f"/notices/{reference}")
    assert page.count("own word") == before
    timeline = page.split('id="timeline"')[1].split("</ol>")[0]
    assert UNREADABLE in timeline
    assert ">failed<" in timeline


def test_the_settings_list_the_other_changes(damaged: Damaged, auditor: Visitor, octets: bytes) -> None:
    changes = damaged.rows("WHERE kind = 'CONFIGURATION_CHANGED'")
    damaged.damage(octets, changes[0])
    page = auditor.page("/settings").split('id="changes"')[1]
    assert UNREADABLE in page
    assert f'/audit/records/{changes[0]}"' in page


def test_a_configuration_that_cannot_be_read_leaves_the_pages_of_notices(
    damaged: Damaged, auditor: Visitor, octets: bytes
) -> None:
    damaged.damage(octets, damaged.rows("WHERE kind = 'CONFIGURATION_CHANGED'")[0])
    reference = damaged.rows("WHERE kind = 'SEALED_NOTICE'")[-1].removeprefix("seal:")
    assert "cannot be read: 1." in auditor.page(f"/notices/{reference}")
