"""A change of the calendar may move more last days than one payload of the archive holds: several records list them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from gateway.archive.segment import MAX_ENTRY_BYTES
from gateway.legal.moved_deadline import MovedDeadline, ServedNotice
from gateway.legal.rules import Starts
from gateway.notice.notice import sha256
from gateway.overview.legal.moved_deadline_words import SHOWN, moved_effects, told_moved
from gateway.record.evidence_record import Header
from gateway.record.version_subject import EVERY_NOTICE, Subject
from gateway.store.stored import Changes
from gateway.store.version import Activation
from gateway.versions.moved_report import Comparison, MovedRecord, moved_records

AT = datetime(2026, 2, 3, 8, 30, tzinfo=UTC)
DECISION = Activation(
    subject=Subject.CALENDAR,
    source=EVERY_NOTICE,
    number=2,
    mapping="calendar",
    version=2,
    digest=sha256(b"PK"),
    begins_at=AT,
    decided_at=AT,
    evidence_id="calendar:1",
)
MOVED = MovedDeadline(
    notice=ServedNotice(
        reference="EB-0",
        body="article-100",
        kind="ruling",
        served_on=date(2026, 2, 3),
        then_served_on=date(2026, 2, 3),
        viewed_at=None,
    ),
    starts=Starts.OBJECTION,
    before=date(2026, 2, 14),
    after=date(2026, 2, 15),
    reasons=(),
)


def listed(notices: int, sentence: str = "") -> list[dict[str, Any]]:
    """Return two moved deadlines of each notice as they are told."""
    each = told_moved(MOVED) | {"reasons": [{"en": sentence, "fa": sentence}]}
    starts = Starts.OBJECTION.value, Starts.COMPLIANCE.value
    return [{**each, "reference": f"EB-{number:032}", "starts": start} for number in range(notices) for start in starts]


def recorded(told: list[dict[str, Any]]) -> list[MovedRecord]:
    found = Comparison(notices=7, moved=[replace(MOVED)] * len(told))
    return list(moved_records(found, told, {}, DECISION, "city"))


def lists(records: list[MovedRecord]) -> Iterator[list[dict[str, Any]]]:
    for each in records:
        content = json.loads(bytes(each.payload.octets))
        assert content["notices"] == 7
        yield content["moved"]


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    return listed(50_000, "Offices are now closed on Saturday. " * 5)


@pytest.fixture(scope="module")
def records(told: list[dict[str, Any]]) -> list[MovedRecord]:
    return recorded(told)


@pytest.mark.long
def test_a_long_list_stands_in_several_payloads_that_the_archive_holds(
    told: list[dict[str, Any]], records: list[MovedRecord]
) -> None:
    assert sum(len(each.payload.octets) for each in records) > MAX_ENTRY_BYTES
    assert all(len(each.payload.octets) < MAX_ENTRY_BYTES / 2 for each in records)
    assert [each for part in lists(records) for each in part] == told


def test_each_record_says_which_part_it_is_and_is_linked_to_its_own_notices(records: list[MovedRecord]) -> None:
    assert len({each.record.id for each in records}) == len(records)
    for number, (each, part) in enumerate(zip(records, lists(records), strict=True), start=1):
        context = Header.of(each.record.header).context
        assert (context["part"], context["parts"]) == (str(number), str(len(records)))
        assert (context["notices"], context["moved"]) == ("7", str(len(part)))
        assert each.record.payload_digest == each.payload.digest == sha256(each.payload.octets)
        assert each.references == sorted({moved["reference"] for moved in part})


def test_the_act_shows_one_number_and_the_first_of_all_records(records: list[MovedRecord]) -> None:
    changes = Changes(evidence=[each.record for each in records], payloads=[each.payload for each in records])
    first, *shown = moved_effects(changes)
    assert "100,000 (served notices: 7)" in first.en
    assert "۱۰۰٬۰۰۰" in first.fa or "۱۰۰۰۰۰" in first.fa
    assert len(shown) == SHOWN
    assert list(moved_effects(Changes())) == []


@pytest.mark.parametrize("notices", [0, 1])
def test_a_short_list_stands_in_one_record_of_the_form_before(notices: int) -> None:
    [only] = recorded(listed(notices))
    context = Header.of(only.record.header).context
    assert not {"part", "parts"} & context.keys()
    assert context["moved"] == str(2 * notices)
    assert not {"part", "parts"} & json.loads(bytes(only.payload.octets)).keys()
    assert len(only.references) == notices
    [number, *_] = moved_effects(Changes(evidence=[only.record], payloads=[only.payload]))
    assert f"change: {2 * notices} (" in number.en


def test_a_last_day_with_endless_reasons_stands_in_a_record_of_its_own() -> None:
    long = listed(1, "x" * (5 * 1024 * 1024))
    assert [len(part) for part in lists(recorded(long))] == [1, 1]
