"""Lifetimes of payloads: classes, the record that keeps a payload longest, and settings without sense."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.cli.check import check_archive
from adapters.cli.check.check_view import show as show_check
from adapters.settings import Settings, load
from adapters.terminal.printing import console, errors
from gateway.record.deletion import MARK, Deletion, NotADeletion
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import Naming, Rule, answers_that_go_first, over
from gateway.retention.purge import record_of
from gateway.runtime.errors import CATALOGUE, GatewayError

NOW = datetime(2036, 2, 3, tzinfo=UTC)
DAY = timedelta(days=1)
RULINGS = Rule(
    name="rulings", kinds=frozenset({EvidenceKind.SEALED_NOTICE}), notices=frozenset({"ruling"}), life=900 * DAY
)
SEALS = Rule(name="seals", kinds=frozenset({EvidenceKind.SEALED_NOTICE}), life=300 * DAY)
ANSWERS = Rule(name="answers", kinds=frozenset({EvidenceKind.MESSAGE_RECEIVED}), life=100 * DAY)
RULES = [RULINGS, SEALS, ANSWERS]

SEAL = Naming(kind=EvidenceKind.SEALED_NOTICE, notice_kind="warning", recorded_at=NOW - 300 * DAY)
ANSWER = Naming(kind=EvidenceKind.MESSAGE_RECEIVED, notice_kind=None, recorded_at=NOW - 300 * DAY)
EXAMPLE = (Path(__file__).parents[2] / "config" / "gateway.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("namings", "rule"),
    [
        ([SEAL], SEALS),
        ([replace(SEAL, recorded_at=NOW - 300 * DAY + timedelta(seconds=1))], None),
        ([replace(SEAL, notice_kind="ruling")], None),
        ([replace(SEAL, notice_kind="ruling", recorded_at=NOW - 900 * DAY)], RULINGS),
        ([SEAL, ANSWER], SEALS),
        ([ANSWER, SEAL], SEALS),
        ([SEAL, replace(ANSWER, recorded_at=NOW - DAY)], None),
        ([SEAL, replace(SEAL, kept=True)], None),
        ([SEAL, replace(SEAL, kind=EvidenceKind.RECEIPT)], None),
        ([], None),
    ],
    ids=[
        "its life is over",
        "a second before",
        "the first class that fits is its own",
        "and is over in its time",
        "the one that kept it longest gives the rule",
        "in any order",
        "another record keeps it",
        "it is held or in use",
        "no class fits another record",
        "no record names it",
    ],
)
def test_a_payload_lives_as_long_as_the_longest_of_its_records(namings: list[Naming], rule: Rule | None) -> None:
    assert over(namings, RULES, NOW) is rule


def deletion() -> Deletion:
    return Deletion(rule="seals", payload_days=300, at=NOW, digests=(f"sha256:{1:064}", f"sha256:{2:064}"))


def test_a_deletion_is_read_as_it_was_written() -> None:
    assert Deletion.of(deletion().octets) == deletion()
    record, payload = record_of(deletion(), "city")
    assert MARK in record.header
    assert payload.octets == deletion().octets
    assert record_of(deletion(), "city")[0].id == record.id, "recording it twice records it once"


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b"{}",
        deletion().octets + b" ",
        deletion().octets.replace(b"sha256:", b"sha512:"),
        json.dumps(json.loads(deletion().octets) | {"digests": "sha256"}).encode(),
        json.dumps(json.loads(deletion().octets) | {"at": 7}).encode(),
        replace(deletion(), rule={"x": 1}).octets,  # type: ignore[arg-type]
        replace(deletion(), rule="\ud800").octets,
    ],
    ids=[
        "empty",
        "list",
        "deep",
        "no keys",
        "another form",
        "another hash",
        "digests are a text",
        "a time of ours",
        "a rule is an object",
        "half of a pair",
    ],
)
def test_what_is_no_deletion_deletes_nothing(octets: bytes) -> None:
    with pytest.raises(NotADeletion):
        Deletion.of(octets)


def settings(tmp_path: Path, *classes: str, archive: str = "") -> Settings:
    text = EXAMPLE.replace("# leave_after_days = 90", archive)
    for number, each in enumerate(classes):
        text += f"\n[retention.classes.c{number}]\n{each}\n"
    path = tmp_path / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, Settings)


def test_without_a_word_nothing_leaves_and_nothing_is_deleted(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.retention.rules == []
    assert found.archive is not None
    assert found.archive.leave_after_days is None


def test_classes_are_rules_in_the_order_of_the_file(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        'kinds = ["SEALED_NOTICE"]\nnotices = ["ruling"]\npayload_days = 900',
        'kinds = ["SEALED_NOTICE", "RECEIPT"]\npayload_days = 300',
    )
    assert [(rule.name, rule.life.days, set(rule.notices)) for rule in found.retention.rules] == [
        ("c0", 900, {"ruling"}),
        ("c1", 300, set()),
    ]


@pytest.mark.parametrize(
    ("classes", "archive", "words"),
    [
        (['kinds = ["PAYLOAD_DELETED"]\npayload_days = 9'], "", "one of SEALED_NOTICE"),
        (['kinds = ["PAPERS"]\npayload_days = 9'], "", "one of SEALED_NOTICE"),
        (["kinds = []\npayload_days = 9"], "", "kinds"),
        (['kinds = ["RECEIPT"]\npayload_days = 0'], "", "a number of days above 0"),
        (['kinds = ["RECEIPT"]\nnotices = ["a poem"]\npayload_days = 9'], "", "is written as a poem"),
        (['kinds = ["RECEIPT"]\nnotices = ["ruling", "رأی"]\npayload_days = 9'], "", "is written as رأی"),
        (['kinds = ["MESSAGE_SENT"]\nnotices = ["ruling"]\npayload_days = 9'], "", "which may carry several"),
        (
            ['kinds = ["RECEIPT"]\npayload_days = 9', 'kinds = ["RECEIPT"]\nnotices = ["ruling"]\npayload_days = 99'],
            "",
            "classes.c1 never fits",
        ),
        ([], "leave_after_days = 7", "must be more than reconcile.confirmed_hours"),
        ([], "leave_after_days = 0", "a number of days above 0"),
    ],
    ids=[
        "deletions themselves",
        "a kind that is none",
        "no kind",
        "no life",
        "no form of a kind",
        "no form of a kind either",
        "messages by notice",
        "a class behind a wider one",
        "what reconciliation still asks for",
        "at once",
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, classes: list[str], archive: str, words: str) -> None:
    with pytest.raises(GatewayError) as refused:
        settings(tmp_path, *classes, archive=archive)
    assert refused.value.code == "config.value"
    assert words in refused.value.detail


def reported(tmp_path: Path, *classes: str, archive: str = "") -> str:
    """Return the finding of `check`."""
    retention = SimpleNamespace(segments=list, holds=list)
    store = SimpleNamespace(retention=retention)
    found = SimpleNamespace(
        settings=settings(tmp_path, *classes, archive=archive), file=tmp_path / "gateway.toml", store=lambda: store
    )
    return check_archive.retention(found)  # type: ignore[arg-type]


def test_a_class_goes_on_deciding_about_a_kind_that_no_body_issues_any_more(tmp_path: Path) -> None:
    """A refusal would have it taken out of the class: then the wider one behind it lets the papers go years early."""
    long = 'kinds = ["SEALED_NOTICE"]\nnotices = ["old-ruling", "ruling"]\npayload_days = 3650'
    found = settings(tmp_path, long, 'kinds = ["SEALED_NOTICE"]\npayload_days = 365')
    paper = Naming(kind=EvidenceKind.SEALED_NOTICE, notice_kind="old-ruling", recorded_at=NOW - timedelta(days=400))
    assert over([paper], found.retention.rules, NOW) is None
    installation = SimpleNamespace(settings=found)
    [(name, probe)] = check_archive.ended_kinds(installation).items()  # type: ignore[arg-type]
    with console.capture() as printed, errors.capture() as told:
        show_check({name: probe(), "listener": "fine"}, as_json=False)
    assert [line[0] for line in printed.get().splitlines()] == ["!", " ", "✓"]
    text = " ".join(printed.get().split())
    assert "[retention.classes.c0] old-ruling: no body issues" in text
    assert CATALOGUE[name].fa in text
    assert not told.get()
    assert not check_archive.ended_kinds(SimpleNamespace(settings=settings(tmp_path)))  # type: ignore[arg-type]


def test_check_warns_of_a_life_that_is_too_short(tmp_path: Path) -> None:
    assert reported(tmp_path) == "nothing leaves the database by itself, nothing is ever deleted"
    long = 'kinds = ["RECEIPT"]\npayload_days = 190'
    assert reported(tmp_path, long, archive="leave_after_days = 30") == (
        "records leave the database after 30 days, 1 classes delete payloads"
    )
    with pytest.raises(GatewayError) as warned:
        reported(tmp_path, long.replace("190", "189"))
    assert (warned.value.code, warned.value.where) == ("retention.short", "[retention.classes.c0]")


ANSWERS, RECEIPTS = 'kinds = ["MESSAGE_RECEIVED"]\npayload_days = 300', 'kinds = ["RECEIPT"]\npayload_days = 300'


@pytest.mark.parametrize(
    ("classes", "found"),
    [
        ([ANSWERS, RECEIPTS], None),
        ([RECEIPTS], None),
        ([ANSWERS], "c0"),
        ([RECEIPTS.replace("300", "301"), ANSWERS], "c1"),
        ([ANSWERS, RECEIPTS + '\nnotices = ["ruling"]'], "c0"),
    ],
)
def test_answers_stay_as_long_as_the_receipts_that_rest_on_them(
    tmp_path: Path, classes: list[str], found: str | None
) -> None:
    rule = answers_that_go_first(settings(tmp_path, *classes).retention.rules)
    assert (rule and rule.name) == found


def test_check_warns_of_answers_that_go_before_their_receipts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reported(tmp_path, ANSWERS)
    monkeypatch.setattr(check_archive, "receipts_rest_on_answers", lambda *_: True)
    with pytest.raises(GatewayError) as warned:
        reported(tmp_path, ANSWERS)
    assert (warned.value.code, warned.value.where) == ("retention.answers", "[retention.classes.c0]")
