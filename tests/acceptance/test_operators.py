"""An operator's day: what waits, why, and what is done about it, by the command line alone."""

from __future__ import annotations

import os
import pwd
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.runtime.clock import timestamp

from .conftest import Program

ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
Notices = dict[str, str]


def ago(**period: float) -> str:
    return timestamp(datetime.now(UTC) - timedelta(**period))


@pytest.fixture
def waiting(copy: Path) -> Notices:
    """A notice for each trouble, by its name, in a demonstration that otherwise ended well."""
    troubles: dict[str, dict[str, str | None]] = {
        "deferred": {"state": "QUEUED", "state_since": ago(minutes=30), "due_at": ago(minutes=-60)},
        "old": {"state": "QUEUED", "state_since": ago(days=3), "due_at": ago(days=3)},
        "dead": {"state": "DEAD_LETTER", "state_since": ago(days=16), "waiting_since": ago(days=30)},
        "undecided": {
            "state": "IN_DOUBT",
            "state_since": ago(hours=2),
            "doubt_since": ago(hours=2),
            "code": "doubt.person",
        },
        "fresh doubt": {"state": "IN_DOUBT", "state_since": ago(minutes=1), "doubt_since": ago(minutes=-5)},
        "sending": {"state": "SENDING", "state_since": ago(seconds=9), "lease_until": ago(minutes=-5)},
        "undeliverable": {"state": "UNDELIVERABLE", "state_since": ago(days=2)},
    }
    nothing = dict.fromkeys(["tracking_number", "delivered_at", "viewed_at", "due_at", "doubt_since", "lease_until"])
    with sqlite3.connect(copy / "gateway.db") as connection:
        served = connection.execute("SELECT reference FROM outbox WHERE state = 'VIEWED' ORDER BY reference")
        notices = dict(zip(troubles, (reference for (reference,) in served), strict=False))
        for name, reference in notices.items():
            columns = nothing | troubles[name]
            written = ", ".join(f"{column} = ?" for column in columns)
            connection.execute(f"UPDATE outbox SET {written} WHERE reference = ?", [*columns.values(), reference])
    connection.close()
    return notices


@pytest.fixture
def config(copy: Path) -> Path:
    return copy / "gateway.toml"


def reported(answer: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    return {each["reference"]: (each["outcome"], each["changed"]) for each in answer["done"]}


def test_a_screen_says_who_must_act_on_what(waiting: Notices, config: Path, program: Program) -> None:
    status = program.json("status", "-c", config, check=1)
    lines = {line["what"].strip(): line for line in status["lines"]}
    assert lines["DEAD_LETTER"]["actor"] == "operator"
    assert lines["in doubt, proven not to have arrived"]["count"] == 1
    assert lines["in doubt, cannot be told by asking"]["count"] == 1
    assert lines["rows refused"]["actor"] == "municipality"
    assert lines["QUEUED"]["oldest"] < ago(days=2)
    assert (status["switch"], status["certificates"]) == ({"stopped": False}, [])
    assert "queue decide" in program("status", "-c", config, check=1).stdout


def test_a_demonstration_that_ended_well_waits_for_nobody(copy: Path, config: Path, program: Program) -> None:
    assert program("status", "-c", config).stdout.startswith("no service runs\nnot stopped")
    persian = program("status", "-c", config, "--lang", "fa").stdout
    assert persian.startswith("هیچ سرویسی در حال اجرا نیست\n")
    assert all(words in persian for words in ("رؤیت‌شده", "نقطه وارسی"))


def written(copy: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(copy / "gateway.db")) as connection, connection:
        connection.execute(statement, values)


def test_status_says_that_a_service_runs_and_when_its_last_pass_ended(
    copy: Path, config: Path, program: Program
) -> None:
    written(copy, "INSERT INTO service VALUES (?, ?, ?, ?)", "elsewhere/7", ago(hours=1), ago(), ago(seconds=12))
    assert re.match(r"service: running, last pass \d+ (s|min) ago\n", program("status", "-c", config).stdout)
    assert program.json("status", "-c", config)["service"]["running"] is True


def test_status_exits_1_while_the_judiciary_is_down(copy: Path, config: Path, program: Program) -> None:
    row = ("sandbox", 3, ago(minutes=5), ago(minutes=-30), "courier.no-answer", True, None)
    written(copy, "DELETE FROM endpoint")
    columns = "destination, failures, since, rests_until, code, alarmed, taken_until"
    written(copy, f"INSERT INTO endpoint ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", *row)
    # Half an hour from now may be another day.
    assert re.search("calls resume (at|on)", program("status", "-c", config, check=1).stdout)
    (endpoint,) = program.json("status", "-c", config, check=1)["endpoints"]
    assert endpoint["state"] == "open"


def test_status_exits_1_while_a_time_authority_is_down(copy: Path, config: Path, program: Program) -> None:
    written(copy, "INSERT INTO time_authority VALUES ('sandbox', 2, ?, 'time.unreachable')", ago(minutes=5))
    assert "time authority sandbox: none since" in program("status", "-c", config, check=1).stdout
    written(copy, "UPDATE time_authority SET name = 'another, which the configuration does not name'")
    program("status", "-c", config)


@pytest.mark.long
def test_notices_are_found_by_case_tracking_number_and_recipient(copy: Path, config: Path, program: Program) -> None:
    served = program.json("notice", "list", "--state", "VIEWED", "--limit", "1", "-c", config)["notices"][0]

    def found(*options: str) -> list[str]:
        return [each["reference"] for each in program.json("notice", "find", *options, "-c", config)["notices"]]

    assert served["reference"] in found("--case", served["case"])
    assert found("--tracking", served["tracking_number"]) == [served["reference"]]
    source, row = served["source"].split(" row ")
    with closing(sqlite3.connect(copy / "cases.db")) as connection:
        query = "SELECT recipient_id FROM eblagh_notices WHERE notice_id = ?"
        ((identifier,),) = connection.execute(query, [row]).fetchall()
    by_recipient = found("--recipient", str(identifier))
    assert (source, served["reference"] in by_recipient) == ("cases", True)
    assert found("--recipient", str(identifier), "--tracking", served["tracking_number"]) == [served["reference"]]
    newest = found("--case", f"{served['case'][:-1]}*", "--body", served["body"], "--state", "VIEWED")
    assert served["reference"] in newest
    assert found("--body", served["body"], "--from", "1400-01-01", "--limit", "1", "--after", newest[0]) != newest[:1]
    program("notice", "find", "--reference", served["reference"], "--kind", "none", "-c", config, check=1)
    program("notice", "find", "--case", "1/nothing", "-c", config, check=1)
    program("notice", "find", "-c", config, check=2)
    wrong = program("notice", "find", "--recipient", "0012345678", "-c", config, check=2)
    assert "check digit" in wrong.stderr
    for file in (copy / "gateway.db", copy / "gateway.log"):
        assert str(identifier).encode() not in file.read_bytes(), file.name


@pytest.mark.long
def test_the_index_of_recipients_is_made_anew_when_its_key_is_lost_or_rotated(
    copy: Path, config: Path, program: Program
) -> None:
    key = copy / "recipient.key"
    backup = key.read_bytes()
    notices = program.json("keys", "recipients", "list", "-c", config)["keys"][0]["notices"]
    key.unlink()
    lost = program("notice", "find", "--recipient", "0012345679", "-c", config, check=2)
    assert "search.key-lost" in lost.stderr
    key.write_bytes(backup)
    key.chmod(0o600)
    program.json("keys", "recipients", "rotate", "-c", config)
    program("keys", "recipients", "retire", "-c", config, check=2)
    some = program.json("db", "index-recipients", "--limit", "20", "-c", config, check=1)
    rest = program.json("db", "index-recipients", "-c", config)
    assert (some["indexed"], rest["indexed"], rest["dropped"], rest["remaining"]) == (20, notices - 20, notices, 0)
    assert len(program.json("keys", "recipients", "retire", "-c", config)["retired"]) == 1
    key.unlink()
    program.json("keys", "recipients", "create", "-c", config)
    anew = program.json("db", "index-recipients", "-c", config)
    assert (anew["indexed"], anew["dropped"]) == (notices, notices)


def test_refused_rows_are_listed_and_written_as_csv(copy: Path, config: Path, program: Program) -> None:
    rows = program.json("rows", "refused", "-c", config)["refused"]
    assert rows
    assert all(row["source"] == "cases" and row["reason"] and row["case"] for row in rows)
    areas = {row["code"].split(".")[0] for row in rows}
    some = program.json("rows", "refused", "--code", "recipient", "--source", "cases", "-c", config)["refused"]
    assert some == [row for row in rows if row["code"].startswith("recipient.")] != rows
    assert len(areas) > 1
    lines = program("rows", "refused", "--csv", "-c", config).stdout.splitlines()
    assert (lines[0].lstrip("\ufeff"), len(lines)) == (
        "source,row,case,code,field,reason,who_must_act,refused_at,written_back",
        len(rows) + 1,
    )
    program("rows", "refused", "--source", "nothing", "-c", config, check=2)
    program("rows", "refused", "--code", "nothing", "-c", config, check=2)


@pytest.mark.long
def test_the_queue_is_one_table_by_age(waiting: Notices, config: Path, program: Program) -> None:
    queue = {line["state"]: line for line in program.json("queue", "list", "-c", config)["queue"]}
    assert {age: n for age, n in queue["QUEUED"]["by_age"].items() if n} == {"1h": 1, "1w": 1}
    assert {age: n for age, n in queue["DEAD_LETTER"]["by_age"].items() if n} == {"1w+": 1}
    assert "VIEWED" not in queue

    def listed(*options: str) -> list[str]:
        found = program.json("queue", "list", "--notices", "QUEUED", *options, "-c", config)["notices"]
        return [each["reference"] for each in found]

    assert listed("--age", "1h") == [waiting["deferred"]]
    assert listed("--age", "1w") == [waiting["old"]]
    assert listed("--age", "1w+") == listed("--held") == []
    first, second = sorted([waiting["deferred"], waiting["old"]])
    assert listed("--limit", "1") == [first]
    assert listed("--limit", "1", "--after", first) == [second]
    assert program("queue", "list", "--age", "1h", "-c", config, check=2).stderr


def test_acts_of_a_batch_stand_each_for_itself(waiting: Notices, config: Path, program: Program) -> None:
    act = ("--reason", "شبکه وصل شد", "-c", config)
    references = [waiting[name] for name in ("deferred", "dead", "undecided", "sending")]
    answer = program.json("queue", "retry", *references, "EB-NOTHING", *act, check=1)
    assert [outcome for outcome, _ in reported(answer).values()] == ["due", "requeued", "asked"]
    assert {each["reference"]: each["code"] for each in answer["failed"]} == {
        waiting["sending"]: "queue.state",
        "EB-NOTHING": "queue.unknown",
    }
    assert (answer["account"], answer["authentication"]) == (ACCOUNT, "not authenticated by the gateway")
    shown = program.json("notice", "show", waiting["dead"], "-c", config)
    assert (shown["acts"][0]["account"], shown["acts"][0]["reason"]) == (ACCOUNT, "شبکه وصل شد")
    assert shown["history"][-1]["evidence"] == shown["evidence"][-1]["id"]
    assert ACCOUNT in program("notice", "show", waiting["dead"], "-c", config).stdout


@pytest.mark.long
def test_notices_are_held_and_released_by_what_they_are_about(waiting: Notices, config: Path, program: Program) -> None:
    about = program.json("notice", "show", waiting["old"], "-c", config)
    chosen = ("--case", about["case"].translate({ord(str(n)): chr(ord("۰") + n) for n in range(10)}))
    act = ("--reason", "اعتراض", "-c", config)
    assert waiting["old"] in program.json("queue", "hold", *chosen, "--dry-run", *act)["meant"]
    assert program.json("queue", "list", "--notices", "QUEUED", "--held", "-c", config)["notices"] == []
    assert reported(program.json("queue", "hold", *chosen, *act))[waiting["old"]] == ("held", True)
    assert reported(program.json("queue", "hold", waiting["old"], *act)) == {waiting["old"]: ("held", False)}
    assert "being sent now may arrive" in program("queue", "hold", waiting["sending"], *act).stderr
    assert reported(program.json("queue", "release", *chosen, *act))[waiting["old"]] == ("released", True)
    assert "no such notices" in program("queue", "hold", "--district", "nowhere", *act, check=1).stderr
    assert "either references" in program("queue", "hold", *act, check=2).stderr
    assert "either references" in program("queue", "hold", waiting["old"], *chosen, *act, check=2).stderr


@pytest.mark.long
def test_a_doubt_is_decided_with_its_risk_said(waiting: Notices, config: Path, program: Program) -> None:
    act = ("--reason", "تلفنی پرسیدیم", "-c", config)
    early = program("queue", "decide", waiting["fresh doubt"], "--as", "queued", *act, check=1)
    assert "queue.unsettled" in early.stderr
    anyway = ("--although-it-may-still-arrive", *act)
    assert "second deadline" in program("queue", "decide", waiting["fresh doubt"], "--as", "queued", *anyway).stderr
    number = ("--tracking-number", "140499")
    assert program("queue", "decide", waiting["undecided"], "--as", "withdrawn", *number, *act, check=2)
    decided = program.json("queue", "decide", waiting["undecided"], "--as", "submitted", *number, *act)
    assert reported(decided) == {waiting["undecided"]: ("submitted", True)}
    act_of = program.json("notice", "show", waiting["undecided"], "-c", config)["acts"][0]
    assert act_of["tracking_number_as_told"] == "140499"


def test_a_body_whose_seals_are_refused_stands_in_status_and_is_released_by_a_person(
    copy: Path, config: Path, program: Program
) -> None:
    line = "sandbox/article-100"
    with sqlite3.connect(copy / "gateway.db") as connection:
        row = (line, 5, ago(minutes=9), ago(minutes=-9), "seal.not-accepted", True, None)
        connection.execute("INSERT INTO endpoint VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    connection.close()
    lines = {each["what"]: each for each in program.json("status", "-c", config, check=1)["lines"]}
    [held] = [each for what, each in lines.items() if "article-100" in what]
    assert (held["actor"], held["count"]) == ("operator", 5)
    assert f"endpoint retry {line}" in held["next"]
    assert program.json("endpoint", "retry", line, "--reason", "گواهی ثبت شد", "-c", config)["changed"]
    [found] = [e for e in program.json("endpoint", "list", "-c", config)["endpoints"] if e["destination"] == line]
    assert (found["state"], found["code"], found["actor"]) == ("half-open", "seal.not-accepted", "operator")


def test_the_warning_of_a_decision_stands_before_the_act(waiting: Notices, config: Path, program: Program) -> None:
    act = ("--reason", "تلفنی پرسیدیم", "-c", config)
    meant = program("queue", "decide", waiting["fresh doubt"], "--as", "queued", "--dry-run", *act)
    assert "queue.unproven" in meant.stderr, "nothing was done yet"
    assert "مهلت دومی" in meant.stderr
    assert program.json("notice", "show", waiting["fresh doubt"], "-c", config)["state"] == "IN_DOUBT"
    proven = program("queue", "decide", waiting["undecided"], "--as", "queued", "--dry-run", *act)
    assert "warning" not in proven.stderr
    opposite = program("queue", "decide", waiting["undecided"], "--as", "submitted", "--dry-run", *act)
    assert "queue.arrival-disproven" in opposite.stderr


@pytest.mark.long
def test_many_doubts_are_decided_with_one_reason(waiting: Notices, config: Path, program: Program) -> None:
    act = ("--as", "queued", "--reason", "قوه قضاییه نوشت", "-c", config)
    assert "either references" in program("queue", "decide", *act, check=2).stderr
    for code in ("doubt.absent", "doubt.person"):  # the second is what earlier versions wrote
        chosen = ("queue", "decide", "--code", code, *act)
        assert program.json(*chosen, "--dry-run") == {"meant": [waiting["undecided"]]}
    assert reported(program.json(*chosen)) == {waiting["undecided"]: ("queued", True)}
    assert program("queue", "decide", "--code", "doubt.unanswered", *act, check=1)


def test_what_ended_otherwise_is_recorded(waiting: Notices, config: Path, program: Program) -> None:
    act = ("--reason", "ابلاغ کاغذی", "-c", config)
    assert reported(program.json("queue", "other-channel", waiting["undeliverable"], *act)) == {
        waiting["undeliverable"]: ("other-channel", True)
    }
    assert reported(program.json("queue", "withdraw", waiting["dead"], *act)) == {waiting["dead"]: ("withdrawn", True)}
    refused = program("queue", "withdraw", waiting["sending"], *act, check=1)
    assert "it may have arrived" in refused.stderr


@pytest.mark.long
def test_everything_is_stopped_until_it_is_resumed(copy: Path, config: Path, program: Program) -> None:
    assert program.json("stop-everything", "--reason", "کلید لو رفت", "-c", config)["changed"]
    assert not program.json("stop-everything", "--reason", "again", "-c", config)["changed"]
    assert "service.stopped" in program("run-once", "-c", config, check=1).stderr
    switch = program.json("status", "-c", config, check=1)["switch"]
    assert (switch["stopped"], switch["account"], switch["reason"]) == (True, ACCOUNT, "کلید لو رفت")
    assert f"by {ACCOUNT}" in program("status", "-c", config, check=1).stdout
    assert program.json("resume", "--reason", "کلید عوض شد", "-c", config)["changed"]
    assert "service.stopped" not in program("run-once", "writeback", "-c", config).stderr


@pytest.mark.parametrize("reason", ["", "  "])
def test_no_act_without_a_reason(copy: Path, config: Path, program: Program, reason: str) -> None:
    assert "a reason is wanted" in program("stop-everything", "--reason", reason, "-c", config, check=2).stderr
    assert "--reason" in program("queue", "retry", "EB-1", "-c", config, check=2).stderr
