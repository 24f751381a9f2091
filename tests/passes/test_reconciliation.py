"""Three ledgers side by side: what is left out of one of them is found, with who must act; what agrees is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, delete

from adapters.storage.schema.search_tables import search_notice
from adapters.storage.schema.tables import event, message_notice, notice, outbox, receipt, seen_row
from gateway.judiciary.courier import Accepted, NoAccount, NotKnown, Rejected, Standing
from gateway.notice.outbox import OutboxEntry
from gateway.operations.intervention import rewrite, withdraw
from gateway.reconciliation.finding import Discrepancy
from gateway.reconciliation.report import last
from gateway.reconciliation.standing import Ask
from gateway.runtime.errors import Actor

from .conftest import CONFIRMED, GRACE, Passes


def kinds(found: Sequence[Discrepancy]) -> list[str]:
    return sorted(finding.kind for finding in found)


def settle(passes: Passes) -> None:
    """Let what has just happened rest, so that it is no longer under way."""
    passes.clock.now += GRACE + timedelta(seconds=1)


def known(reference: str) -> Standing:
    """A judiciary that has whatever it accepted."""
    return Accepted(tracking_number=f"T-{reference[-6:]}")


@pytest.fixture
def served(passes: Passes) -> list[OutboxEntry]:
    """Three notices that arrived, and stand in their rows as served; a week has passed."""
    entries = passes.admit("1", "2", "3")
    passes.dispatch()
    for entry in entries:
        passes.judiciary.issue("ContentConsignment", entry.reference, entry.seal_digest, passes.clock())
    passes.receive()
    passes.write_back()
    passes.judiciary.standing = known
    passes.clock.now += CONFIRMED + timedelta(minutes=1)
    return [passes.entry(entry.reference) for entry in entries]


def forget(passes: Passes, entry: OutboxEntry, *, seen: bool = True) -> None:
    """Leave a notice out of the store, as a backup that is too old does; its row too, unless that is still ``seen``."""

    def leave_out(connection: Connection) -> None:
        for table in (search_notice, event, message_notice, receipt, outbox, notice):
            connection.execute(delete(table).where(table.c.reference == entry.reference))
        if not seen:
            connection.execute(delete(seen_row).where(seen_row.c.row_key == entry.row_key))

    passes.store._database.write(leave_out)


def test_where_all_agree_nothing_is_found(passes: Passes, served: list[OutboxEntry]) -> None:
    passes.cases.put("bad", recipient_id="")
    passes.collect()
    passes.write_back()
    settle(passes)
    before = [passes.entry(entry.reference) for entry in served]
    done, found = passes.reconcile()
    assert found == []
    assert done.agrees
    assert dict(done.compared) == {"rows": 4, "notices": 3, "receipts": 0, "asked": 3}
    assert [passes.entry(entry.reference) for entry in served] == before, "nothing moves by being looked at"
    assert last(passes.store.rows).reconciled_at == done.at


def test_a_row_that_was_never_collected_is_found(passes: Passes, served: list[OutboxEntry]) -> None:
    passes.judiciary.standing = lambda reference: (
        NotKnown() if reference not in [e.reference for e in served] else known(reference)
    )
    passes.cases.put("late", change=2)
    _, [finding] = passes.reconcile()
    assert (finding.kind, finding.source, finding.row_key) == ("not-collected", "cases", "late")
    assert (finding.actor, finding.reference in passes.judiciary.asked) == (Actor.OPERATOR, True)
    passes.collect(since="000002")
    passes.write_back()
    settle(passes)
    assert passes.reconcile()[1] == []


def test_a_row_that_would_be_refused_is_not_collected_all_the_same(passes: Passes) -> None:
    passes.cases.put("late", recipient_id="")
    _, [finding] = passes.reconcile()
    assert (finding.kind, finding.reference) == ("not-collected", None)
    assert finding.detail == "would be refused: recipient.id-missing"
    assert passes.judiciary.asked == []


def test_a_row_that_cannot_be_read_is_a_finding_beside_the_others(passes: Passes) -> None:
    passes.cases.put("bad")
    passes.cases.put("late", recipient_id="")
    passes.cases.unreadable = {"bad"}
    found = {each.row_key: each.detail for each in passes.reconcile()[1]}
    assert found == {"bad": "listed, and cannot be read", "late": "would be refused: recipient.id-missing"}


def test_a_row_that_is_collected_meanwhile_is_no_finding(passes: Passes) -> None:
    passes.cases.put("1")
    waited: list[timedelta] = []

    def pause(period: timedelta) -> None:
        waited.append(period)
        passes.collect()

    assert passes.reconcile(pause=pause)[1] == []
    assert waited == [GRACE]


def test_a_row_that_was_changed_is_not_collected_in_its_present_version(
    passes: Passes, served: list[OutboxEntry]
) -> None:
    passes.cases.put("1", mobile="")
    _, [finding] = passes.reconcile()
    assert (finding.kind, finding.row_key) == ("not-collected", "1")
    assert finding.reference == served[0].reference


@pytest.mark.parametrize("seen", [True, False])
@pytest.mark.parametrize("silent", [True, False])
def test_what_the_judiciary_knows_and_the_store_has_lost_is_found_by_its_row(
    passes: Passes, served: list[OutboxEntry], seen: bool, silent: bool
) -> None:
    passes.cases.silent = silent
    forget(passes, served[1], seen=seen)
    _, [finding] = passes.reconcile()
    assert (finding.kind, finding.row_key, finding.reference) == ("known-there", "2", served[1].reference)
    assert finding.actor is Actor.OPERATOR
    assert finding.detail == f"accepted there as T-{served[1].reference[-6:]}"
    assert passes.judiciary.received.count(served[1].reference) == 1


def test_a_row_that_was_taken_in_and_of_which_nothing_is_here_is_found(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    settle(passes)
    forget(passes, entry)
    _, [finding] = passes.reconcile()
    assert (finding.kind, finding.row_key, finding.reference) == ("notice-lost", "1", entry.reference)
    assert passes.judiciary.asked == [entry.reference], "the judiciary was asked, and does not know it"


def test_a_later_notice_of_a_row_that_is_lost_is_found_by_what_the_row_shows(passes: Passes) -> None:
    (first,) = passes.admit("1")
    passes.intervene(first.reference, withdraw)
    passes.cases.put("1", paper_number="P-2")
    passes.collect()
    passes.write_back()
    settle(passes)
    assert passes.reconcile()[1] == []
    second = next(a.entry for a in passes.store.notices.find(state=None, limit=9, after=None) if a.entry.replaces)
    forget(passes, second)
    _, found = passes.reconcile(Ask.NONE)
    assert [(f.kind, f.reference) for f in found if f.kind == "notice-lost"] == [("notice-lost", second.reference)]
    assert passes.judiciary.asked == []


def test_a_row_that_is_gone_is_told(passes: Passes, served: list[OutboxEntry]) -> None:
    del passes.cases.rows_by_key["3"], passes.cases.versions["3"]
    _, [finding] = passes.reconcile()
    assert (finding.kind, finding.row_key, finding.reference) == ("row-gone", "3", served[2].reference)
    assert finding.actor is Actor.MUNICIPALITY


def test_what_was_not_written_back_is_found(passes: Passes, served: list[OutboxEntry]) -> None:
    passes.judiciary.issue("ContentHandover", served[0].reference, served[0].seal_digest, passes.clock())
    passes.receive()
    assert passes.reconcile()[1] == [], "it has just come, and is under way"
    settle(passes)
    _, [finding] = passes.reconcile()
    assert (finding.kind, finding.reference) == ("result-unwritten", served[0].reference)
    passes.write_back()
    assert passes.reconcile()[1] == []


@pytest.mark.parametrize("shown", ["nothing", "older", "later", "another"])
def test_a_result_that_somebody_unwrote_is_found_and_written_again(
    passes: Passes, served: list[OutboxEntry], shown: str
) -> None:
    result = passes.cases.results.pop("2")
    if shown == "older":
        passes.cases.results["2"] = replace(result, state="SUBMITTED", seq=result.seq - 1)
    if shown == "later":
        passes.cases.results["2"] = replace(result, seq=result.seq + 27)
    if shown == "another":
        passes.cases.results["2"] = replace(result, reference=served[0].reference)
    _, [finding] = passes.reconcile()
    assert (finding.kind, finding.reference, finding.actor) == ("result-differs", served[1].reference, Actor.OPERATOR)
    passes.intervene(served[1].reference, rewrite)
    if shown == "another":
        del passes.cases.results["2"]  # whose notice it is, the gateway does not guess
    passes.write_back()
    assert passes.reconcile()[1] == []


def test_what_statements_write_is_told_by_the_stores_own_marks_alone(passes: Passes, served: list[OutboxEntry]) -> None:
    passes.cases.silent = True
    passes.cases.results.clear()
    assert passes.reconcile()[1] == []
    del passes.cases.rows_by_key["3"], passes.cases.versions["3"]
    assert kinds(passes.reconcile()[1]) == ["row-gone"]


def test_refusals_that_no_clerk_sees_are_found(passes: Passes) -> None:
    passes.cases.put("bad", recipient_id="")
    passes.collect()
    settle(passes)
    _, [finding] = passes.reconcile()
    assert (finding.kind, finding.row_key) == ("result-unwritten", "bad")
    assert finding.detail == "refused: recipient.id-missing"
    passes.write_back()
    assert passes.reconcile()[1] == []
    passes.cases.refusals.clear()
    assert kinds(passes.reconcile()[1]) == ["result-differs"]


def test_what_was_sent_and_is_unknown_there_is_the_judiciarys_to_explain(
    passes: Passes, served: list[OutboxEntry]
) -> None:
    passes.judiciary.standing = lambda r: NotKnown() if r == served[0].reference else known(r)
    _, [finding] = passes.reconcile()
    assert (finding.kind, finding.reference, finding.actor) == (
        "unknown-there",
        served[0].reference,
        Actor.JUDICIARY,
    )
    assert passes.entry(served[0].reference) == served[0]
    records = [record.id for record in passes.store.evidence.of_notice(served[0].reference)][-2:]
    assert [record.partition(":")[0] for record in records] == ["sent", "answer"], (
        "what was asked and said is on record"
    )


@pytest.mark.parametrize(
    ("standing", "detail"),
    [
        (Accepted(tracking_number="T-2"), "T-2 there"),
        (Rejected(code="R-9"), "rejected there (R-9)"),
        (NoAccount(), "no account there"),
    ],
)
def test_standings_that_disagree_are_found(
    passes: Passes, served: list[OutboxEntry], standing: Standing, detail: str
) -> None:
    passes.judiciary.standing = lambda r: standing if r == served[0].reference else known(r)
    _, [finding] = passes.reconcile()
    assert (finding.kind, finding.reference) == ("standing-differs", served[0].reference)
    assert finding.detail.endswith(detail)


def test_a_notice_that_waits_to_be_sent_and_is_there_already_is_found_when_all_are_asked_about(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.standing = known
    passes.write_back()
    settle(passes)
    assert passes.reconcile()[1] == [], "what was never sent is not asked about"
    _, [finding] = passes.reconcile(Ask.ALL)
    assert (finding.kind, finding.reference, finding.actor) == ("sent-already", entry.reference, Actor.OPERATOR)


def test_what_ended_and_what_was_lately_heard_of_is_not_asked_about(passes: Passes, served: list[OutboxEntry]) -> None:
    viewed, rejected = served[0], "4"
    passes.judiciary.issue("ContentHandover", viewed.reference, viewed.seal_digest, passes.clock())
    passes.receive()
    passes.judiciary.outcome = lambda reference: Rejected(code="R-1")
    passes.admit(rejected)
    passes.dispatch()
    passes.write_back()
    settle(passes)
    passes.reconcile()
    assert sorted(passes.judiciary.asked) == sorted(entry.reference for entry in served[1:])
    passes.judiciary.asked.clear()
    passes.reconcile()
    assert passes.judiciary.asked == [], "what it said a moment ago is not asked again"
    passes.clock.now += CONFIRMED + timedelta(seconds=1)
    passes.reconcile()
    assert len(passes.judiciary.asked) == 2
    passes.judiciary.standing = lambda r: known(r) if r in [e.reference for e in served] else Rejected(code="R-1")
    assert passes.reconcile(Ask.ALL)[1] == []
    assert len(passes.judiciary.asked) == 2 + 4


def test_an_answer_that_is_not_believed_confirms_nothing(passes: Passes, served: list[OutboxEntry]) -> None:
    passes.judiciary.doubtful = b"<forged/>"
    _, [finding] = passes.reconcile()
    assert (finding.kind, finding.detail) == ("unanswered", "3 notices")
    passes.judiciary.doubtful = None
    assert passes.reconcile()[0].compared["asked"] == 3


def test_whoever_does_not_answer_is_not_asked_again_in_the_same_run(passes: Passes, served: list[OutboxEntry]) -> None:
    passes.judiciary.answers = False
    forget(passes, served[0])
    done, found = passes.reconcile()
    assert kinds(found) == ["notice-lost", "unanswered"]
    assert next(finding.detail for finding in found if finding.kind == "unanswered") == "3 notices"
    assert (done.compared["asked"], done.complete) == (2, True)


def test_a_certificate_that_is_over_is_told_and_keeps_nothing_else_back(
    passes: Passes, served: list[OutboxEntry]
) -> None:
    passes.judiciary.ready = False
    del passes.cases.rows_by_key["3"], passes.cases.versions["3"]
    done, found = passes.reconcile()
    assert kinds(found) == ["row-gone"]
    assert [error.code for error in done.errors] == ["certificate.expired"]
    assert not done.agrees


def test_a_case_database_that_is_away_is_told_and_the_judiciary_is_asked_all_the_same(
    passes: Passes, served: list[OutboxEntry]
) -> None:
    passes.cases.away = True
    done, found = passes.reconcile()
    assert (found, done.compared["asked"]) == ([], 3)
    assert [error.code for error in done.errors] == ["source.unavailable"]


def test_receipts_without_a_notice_and_without_belief_are_found(passes: Passes, served: list[OutboxEntry]) -> None:
    passes.judiciary.issue("ContentHandover", "EB-NOT-OURS", "sha256:0", passes.clock())
    passes.judiciary.receipts.append(b"forged")
    passes.receive()
    passes.clock.advance(seconds=1)
    _, found = passes.reconcile()
    assert kinds(found) == ["receipt-not-believed", "receipt-without-notice"]
    assert {finding.actor for finding in found} == {Actor.OPERATOR}
    assert all("sha256:" in finding.detail for finding in found)
    assert passes.reconcile(since=passes.clock())[1] == [], "they came before the range"


def test_a_receipt_that_was_never_applied_is_found(passes: Passes) -> None:
    (entry,) = passes.admit("1")

    def arrives_and_kills_us() -> None:
        passes.judiciary.issue("ContentConsignment", entry.reference, entry.seal_digest, passes.clock())
        passes.receive()
        raise KeyboardInterrupt

    passes.judiciary.during_submit = arrives_and_kills_us
    with pytest.raises(KeyboardInterrupt):
        passes.dispatch()
    assert "receipt-unapplied" not in kinds(passes.reconcile()[1])
    settle(passes)
    found = [finding for finding in passes.reconcile()[1] if finding.kind == "receipt-unapplied"]
    assert [(finding.reference, finding.actor) for finding in found] == [(entry.reference, Actor.OPERATOR)]
    passes.rescue()
    passes.receive()
    assert "receipt-unapplied" not in kinds(passes.reconcile()[1])


def test_rows_without_a_version_are_told(passes: Passes) -> None:
    passes.cases.unversioned = 2
    _, [finding] = passes.reconcile()
    assert (finding.code, finding.detail) == ("source.no-version", "2 rows")


def test_a_step_that_leaves_a_state_as_it_is_was_not_unwritten_all_along(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.write_back()
    passes.clock.advance(hours=7)
    passes.rescue()
    assert [error.code for error in passes.look_at_limits().errors if "writing" in error.code] == []
    assert [finding.kind for finding in passes.reconcile(Ask.NONE)[1] if finding.kind == "result-unwritten"] == []
    settle(passes)
    unwritten = [finding for finding in passes.reconcile(Ask.NONE)[1] if finding.kind == "result-unwritten"]
    assert [finding.reference for finding in unwritten] == [entry.reference]


def test_a_run_ends_between_two_batches_where_it_has_no_leave(passes: Passes, served: list[OutboxEntry]) -> None:
    done, found = passes.reconcile(may_continue=lambda: False)
    assert (found, done.complete, done.agrees) == ([], False, False)
    assert passes.judiciary.asked == []
    assert last(passes.store.rows).reconciled_at is None
    assert last(passes.store.rows).overdue_at is None


def test_a_report_is_a_pass_with_an_error_for_each_code(passes: Passes, served: list[OutboxEntry]) -> None:
    passes.cases.rows_by_key.clear()
    passes.cases.versions.clear()
    report = passes.reconcile()[0].report()
    assert [(error.code, error.detail) for error in report.errors] == [("reconcile.row-gone", "3")]
    assert report.counts["findings"] == 3
    assert last(passes.store.rows).found == {"reconcile.row-gone": 3}
