"""Three ledgers side by side: what is left out of one of them is found, with who must act; what agrees is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, delete

from adapters.storage.schema.tables import event, message_notice, notice, outbox, receipt, seen_row
from gateway.judiciary.courier import Accepted, NoAccount, NotKnown, Rejected, Standing
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.outbox import OutboxEntry, advance
from gateway.operations.intervention import rewrite, withdraw
from gateway.reconciliation.finding import Discrepancy
from gateway.reconciliation.inquiry import Inquiry
from gateway.reconciliation.report import last
from gateway.reconciliation.standing import Ask
from gateway.runtime.errors import Actor
from gateway.runtime.may_continue import always
from gateway.runtime.rate_limit import RateLimit
from gateway.store.stored import Changes

from .conftest import CONFIRMED, GRACE, City
from .ports import accept


def kinds(found: Sequence[Discrepancy]) -> list[str]:
    return sorted(finding.kind for finding in found)


def settle(city: City) -> None:
    """Let what has just happened rest, so that it is no longer under way."""
    city.clock.now += GRACE + timedelta(seconds=1)


def known(reference: str) -> Standing:
    """A judiciary that has whatever it accepted."""
    return Accepted(tracking_number=f"T-{reference[-6:]}")


@pytest.fixture
def served(city: City) -> list[OutboxEntry]:
    """Three notices that arrived, and stand in their rows as served; a week has passed."""
    entries = city.admit("1", "2", "3")
    city.dispatch()
    for entry in entries:
        city.court.issue("ContentConsignment", entry.reference, entry.seal_digest, city.clock())
    city.receive()
    city.write_back()
    city.court.standing = known
    city.clock.now += CONFIRMED + timedelta(minutes=1)
    return [city.entry(entry.reference) for entry in entries]


def forget(city: City, entry: OutboxEntry, *, seen: bool = True) -> None:
    """Leave a notice out of the store, as a backup that is too old does; its row too, unless that is still ``seen``."""

    def leave_out(connection: Connection) -> None:
        for table in (event, message_notice, receipt, outbox, notice):
            connection.execute(delete(table).where(table.c.reference == entry.reference))
        if not seen:
            connection.execute(delete(seen_row).where(seen_row.c.row_key == entry.row_key))

    city.store._database.write(leave_out)


def test_where_all_agree_nothing_is_found(city: City, served: list[OutboxEntry]) -> None:
    city.cases.put("bad", recipient_id="")
    city.collect()
    city.write_back()
    settle(city)
    before = [city.entry(entry.reference) for entry in served]
    done, found = city.reconcile()
    assert found == []
    assert done.agrees
    assert dict(done.compared) == {"rows": 4, "notices": 3, "receipts": 0, "asked": 3}
    assert [city.entry(entry.reference) for entry in served] == before, "nothing moves by being looked at"
    assert last(city.store.rows).reconciled_at == done.at


def test_a_row_that_was_never_collected_is_found(city: City, served: list[OutboxEntry]) -> None:
    city.court.standing = lambda reference: (
        NotKnown() if reference not in [e.reference for e in served] else known(reference)
    )
    city.cases.put("late", change=2)
    _, [finding] = city.reconcile()
    assert (finding.kind, finding.source, finding.row_key) == ("not-collected", "cases", "late")
    assert (finding.actor, finding.reference in city.court.asked) == (Actor.OPERATOR, True)
    city.collect(since="000002")
    city.write_back()
    settle(city)
    assert city.reconcile()[1] == []


def test_a_row_that_would_be_refused_is_not_collected_all_the_same(city: City) -> None:
    city.cases.put("late", recipient_id="")
    _, [finding] = city.reconcile()
    assert (finding.kind, finding.reference) == ("not-collected", None)
    assert finding.detail == "would be refused: recipient.id-missing"
    assert city.court.asked == []


def test_a_row_that_is_collected_meanwhile_is_no_finding(city: City) -> None:
    city.cases.put("1")
    waited: list[timedelta] = []

    def pause(period: timedelta) -> None:
        waited.append(period)
        city.collect()

    assert city.reconcile(pause=pause)[1] == []
    assert waited == [GRACE]


def test_a_row_that_was_changed_is_not_collected_in_its_present_version(city: City, served: list[OutboxEntry]) -> None:
    city.cases.put("1", mobile="")
    _, [finding] = city.reconcile()
    assert (finding.kind, finding.row_key) == ("not-collected", "1")
    assert finding.reference == served[0].reference


@pytest.mark.parametrize("seen", [True, False])
@pytest.mark.parametrize("silent", [True, False])
def test_what_the_judiciary_knows_and_the_store_has_lost_is_found_by_its_row(
    city: City, served: list[OutboxEntry], seen: bool, silent: bool
) -> None:
    city.cases.silent = silent
    forget(city, served[1], seen=seen)
    _, [finding] = city.reconcile()
    assert (finding.kind, finding.row_key, finding.reference) == ("known-there", "2", served[1].reference)
    assert finding.actor is Actor.OPERATOR
    assert finding.detail == f"accepted there as T-{served[1].reference[-6:]}"
    assert city.court.received.count(served[1].reference) == 1


def test_a_row_that_was_taken_in_and_of_which_nothing_is_here_is_found(city: City) -> None:
    (entry,) = city.admit("1")
    settle(city)
    forget(city, entry)
    _, [finding] = city.reconcile()
    assert (finding.kind, finding.row_key, finding.reference) == ("notice-lost", "1", entry.reference)
    assert city.court.asked == [entry.reference], "the judiciary was asked, and does not know it"


def test_a_later_notice_of_a_row_that_is_lost_is_found_by_what_the_row_shows(city: City) -> None:
    (first,) = city.admit("1")
    city.intervene(first.reference, withdraw)
    city.cases.put("1", paper_number="P-2")
    city.collect()
    city.write_back()
    settle(city)
    assert city.reconcile()[1] == []
    second = next(a.entry for a in city.store.notices.find(state=None, limit=9, after=None) if a.entry.replaces)
    forget(city, second)
    _, found = city.reconcile(Ask.NONE)
    assert [(f.kind, f.reference) for f in found if f.kind == "notice-lost"] == [("notice-lost", second.reference)]
    assert city.court.asked == []


def test_a_row_that_is_gone_is_told(city: City, served: list[OutboxEntry]) -> None:
    del city.cases.rows_by_key["3"], city.cases.versions["3"]
    _, [finding] = city.reconcile()
    assert (finding.kind, finding.row_key, finding.reference) == ("row-gone", "3", served[2].reference)
    assert finding.actor is Actor.MUNICIPALITY


def test_what_was_not_written_back_is_found(city: City, served: list[OutboxEntry]) -> None:
    city.court.issue("ContentHandover", served[0].reference, served[0].seal_digest, city.clock())
    city.receive()
    assert city.reconcile()[1] == [], "it has just come, and is under way"
    settle(city)
    _, [finding] = city.reconcile()
    assert (finding.kind, finding.reference) == ("result-unwritten", served[0].reference)
    city.write_back()
    assert city.reconcile()[1] == []


@pytest.mark.parametrize("shown", ["nothing", "older", "another"])
def test_a_result_that_somebody_unwrote_is_found_and_written_again(
    city: City, served: list[OutboxEntry], shown: str
) -> None:
    result = city.cases.results.pop("2")
    if shown == "older":
        city.cases.results["2"] = replace(result, state="SUBMITTED", seq=result.seq - 1)
    if shown == "another":
        city.cases.results["2"] = replace(result, reference=served[0].reference)
    _, [finding] = city.reconcile()
    assert (finding.kind, finding.reference, finding.actor) == ("result-differs", served[1].reference, Actor.OPERATOR)
    city.intervene(served[1].reference, rewrite)
    if shown == "another":
        del city.cases.results["2"]  # whose notice it is, the gateway does not guess
    city.write_back()
    assert city.reconcile()[1] == []


def test_what_statements_write_is_told_by_the_stores_own_marks_alone(city: City, served: list[OutboxEntry]) -> None:
    city.cases.silent = True
    city.cases.results.clear()
    assert city.reconcile()[1] == []
    del city.cases.rows_by_key["3"], city.cases.versions["3"]
    assert kinds(city.reconcile()[1]) == ["row-gone"]


def test_refusals_that_no_clerk_sees_are_found(city: City) -> None:
    city.cases.put("bad", recipient_id="")
    city.collect()
    settle(city)
    _, [finding] = city.reconcile()
    assert (finding.kind, finding.row_key) == ("result-unwritten", "bad")
    assert finding.detail == "refused: recipient.id-missing"
    city.write_back()
    assert city.reconcile()[1] == []
    city.cases.refusals.clear()
    assert kinds(city.reconcile()[1]) == ["result-differs"]


def test_what_was_sent_and_is_unknown_there_is_the_judiciarys_to_explain(city: City, served: list[OutboxEntry]) -> None:
    city.court.standing = lambda r: NotKnown() if r == served[0].reference else known(r)
    _, [finding] = city.reconcile()
    assert (finding.kind, finding.reference, finding.actor) == (
        "unknown-there",
        served[0].reference,
        Actor.JUDICIARY,
    )
    assert city.entry(served[0].reference) == served[0]
    records = [record.id for record in city.store.evidence.of_notice(served[0].reference)][-2:]
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
    city: City, served: list[OutboxEntry], standing: Standing, detail: str
) -> None:
    city.court.standing = lambda r: standing if r == served[0].reference else known(r)
    _, [finding] = city.reconcile()
    assert (finding.kind, finding.reference) == ("standing-differs", served[0].reference)
    assert finding.detail.endswith(detail)


def test_a_notice_that_waits_to_be_sent_and_is_there_already_is_found_when_all_are_asked_about(city: City) -> None:
    (entry,) = city.admit("1")
    city.court.standing = known
    city.write_back()
    settle(city)
    assert city.reconcile()[1] == [], "what was never sent is not asked about"
    _, [finding] = city.reconcile(Ask.ALL)
    assert (finding.kind, finding.reference, finding.actor) == ("sent-already", entry.reference, Actor.OPERATOR)


def test_what_ended_and_what_was_lately_heard_of_is_not_asked_about(city: City, served: list[OutboxEntry]) -> None:
    viewed, rejected = served[0], "4"
    city.court.issue("ContentHandover", viewed.reference, viewed.seal_digest, city.clock())
    city.receive()
    city.court.outcome = lambda reference: Rejected(code="R-1")
    city.admit(rejected)
    city.dispatch()
    city.write_back()
    settle(city)
    city.reconcile()
    assert sorted(city.court.asked) == sorted(entry.reference for entry in served[1:])
    city.court.asked.clear()
    city.reconcile()
    assert city.court.asked == [], "what it said a moment ago is not asked again"
    city.clock.now += CONFIRMED + timedelta(seconds=1)
    city.reconcile()
    assert len(city.court.asked) == 2
    city.court.standing = lambda r: known(r) if r in [e.reference for e in served] else Rejected(code="R-1")
    assert city.reconcile(Ask.ALL)[1] == []
    assert len(city.court.asked) == 2 + 4


def test_an_answer_that_is_not_believed_confirms_nothing(city: City, served: list[OutboxEntry]) -> None:
    city.court.doubtful = b"<forged/>"
    _, [finding] = city.reconcile()
    assert (finding.kind, finding.detail) == ("unanswered", "3 notices")
    city.court.doubtful = None
    assert city.reconcile()[0].compared["asked"] == 3


def test_whoever_does_not_answer_is_not_asked_again_in_the_same_run(city: City, served: list[OutboxEntry]) -> None:
    city.court.answers = False
    forget(city, served[0])
    done, found = city.reconcile()
    assert kinds(found) == ["notice-lost", "unanswered"]
    assert next(finding.detail for finding in found if finding.kind == "unanswered") == "3 notices"
    assert (done.compared["asked"], done.complete) == (2, True)


def test_a_certificate_that_is_over_is_told_and_keeps_nothing_else_back(city: City, served: list[OutboxEntry]) -> None:
    city.court.ready = False
    del city.cases.rows_by_key["3"], city.cases.versions["3"]
    done, found = city.reconcile()
    assert kinds(found) == ["row-gone"]
    assert [error.code for error in done.errors] == ["certificate.expired"]
    assert not done.agrees


def test_a_case_database_that_is_away_is_told_and_the_judiciary_is_asked_all_the_same(
    city: City, served: list[OutboxEntry]
) -> None:
    city.cases.away = True
    done, found = city.reconcile()
    assert (found, done.compared["asked"]) == ([], 3)
    assert [error.code for error in done.errors] == ["source.unavailable"]


def test_receipts_without_a_notice_and_without_belief_are_found(city: City, served: list[OutboxEntry]) -> None:
    city.court.issue("ContentHandover", "EB-NOT-OURS", "sha256:0", city.clock())
    city.court.receipts.append(b"forged")
    city.receive()
    city.clock.pass_(seconds=1)
    _, found = city.reconcile()
    assert kinds(found) == ["receipt-not-believed", "receipt-without-notice"]
    assert {finding.actor for finding in found} == {Actor.OPERATOR}
    assert all("sha256:" in finding.detail for finding in found)
    assert city.reconcile(since=city.clock())[1] == [], "they came before the range"


def test_a_receipt_that_was_never_applied_is_found(city: City) -> None:
    (entry,) = city.admit("1")

    def arrives_and_kills_us() -> None:
        city.court.issue("ContentConsignment", entry.reference, entry.seal_digest, city.clock())
        city.receive()
        raise KeyboardInterrupt

    city.court.during_submit = arrives_and_kills_us
    with pytest.raises(KeyboardInterrupt):
        city.dispatch()
    assert "receipt-unapplied" not in kinds(city.reconcile()[1])
    settle(city)
    found = [finding for finding in city.reconcile()[1] if finding.kind == "receipt-unapplied"]
    assert [(finding.reference, finding.actor) for finding in found] == [(entry.reference, Actor.OPERATOR)]
    city.rescue()
    city.receive()
    assert "receipt-unapplied" not in kinds(city.reconcile()[1])


def test_rows_without_a_version_are_told(city: City) -> None:
    city.cases.unversioned = 2
    _, [finding] = city.reconcile()
    assert (finding.code, finding.detail) == ("source.no-version", "2 rows")


def test_what_is_soon_late_is_told_before_it_is(city: City) -> None:
    (entry,) = city.admit("1")
    city.write_back()
    city.clock.pass_(days=7)
    assert city.look_at_limits().errors == []
    city.clock.pass_(days=1)
    report = city.look_at_limits()
    assert [error.code for error in report.errors] == ["reconcile.sending-soon-late"]
    assert dict(report.counts) == {"deliver_soon": 1}
    assert last(city.store.rows).late["deliver", "soon"] == 1
    city.clock.pass_(days=2)
    [error] = city.look_at_limits().errors
    assert (error.code, error.entry.actor, error.detail) == ("reconcile.sending-late", Actor.OPERATOR, "1")
    _, [finding] = city.reconcile(Ask.NONE, since=city.clock())
    assert (finding.code, finding.reference) == (error.code, entry.reference), "whatever the range is"


def test_a_kind_has_limits_of_its_own(city: City) -> None:
    city.kinds["stop-work-warning"] = "اخطار"
    city.admit("slow")
    city.cases.put("urgent", kind="stop-work-warning")
    city.collect()
    city.write_back()
    city.clock.pass_(hours=20)
    _, [finding] = city.reconcile(Ask.NONE)
    assert (finding.kind, finding.row_key) == ("sending-soon-late", "urgent")


def test_each_limit_names_what_is_waited_for(city: City) -> None:
    _sent, doubtful, undecided, absent = city.admit("sent", "doubtful", "undecided", "absent")
    city.court.outcome = lambda reference: NoAccount() if reference == absent.reference else accept(reference)
    now = city.clock()
    for entry, due_at in ((doubtful, now + timedelta(days=11)), (undecided, None)):
        claimed = advance(entry, DeliveryEvent.CLAIM, now=now)
        lost = advance(claimed.after, DeliveryEvent.LOST_ANSWER, now=now, doubt_since=now, due_at=due_at)
        city.store.commit(Changes(steps=[claimed]))
        city.store.commit(Changes(steps=[lost]))
    city.dispatch()
    city.clock.pass_(days=10)
    late = {error.code: error.detail for error in city.look_at_limits().errors}
    assert late == {
        "reconcile.arrival-late": "1",
        "reconcile.sending-late": "2",
        "reconcile.answer-late": "1",
        "reconcile.decision-late": "1",
        "reconcile.channel-late": "1",
        "reconcile.writing-late": "4",
    }


def test_a_step_that_leaves_a_state_as_it_is_was_not_unwritten_all_along(city: City) -> None:
    (entry,) = city.admit("1")
    city.court.answers = False
    city.dispatch()
    city.write_back()
    city.clock.pass_(hours=7)
    city.rescue()
    assert [error.code for error in city.look_at_limits().errors if "writing" in error.code] == []
    assert [finding.kind for finding in city.reconcile(Ask.NONE)[1] if finding.kind == "result-unwritten"] == []
    settle(city)
    unwritten = [finding for finding in city.reconcile(Ask.NONE)[1] if finding.kind == "result-unwritten"]
    assert [finding.reference for finding in unwritten] == [entry.reference]


def test_a_run_ends_between_two_batches_where_it_has_no_leave(city: City, served: list[OutboxEntry]) -> None:
    done, found = city.reconcile(may_continue=lambda: False)
    assert (found, done.complete, done.agrees) == ([], False, False)
    assert city.court.asked == []
    assert last(city.store.rows).reconciled_at is None
    assert last(city.store.rows).overdue_at is None


def test_a_report_is_a_pass_with_an_error_for_each_code(city: City, served: list[OutboxEntry]) -> None:
    city.cases.rows_by_key.clear()
    city.cases.versions.clear()
    report = city.reconcile()[0].report()
    assert [(error.code, error.detail) for error in report.errors] == [("reconcile.row-gone", "3")]
    assert report.counts["findings"] == 3
    assert last(city.store.rows).found == {"reconcile.row-gone": 3}


def test_what_reconcile_asks_takes_from_the_rate_limit_and_waits_for_it(city: City) -> None:
    references = [entry.reference for entry in city.admit(*"12345")]
    endpoint_policy = EndpointPolicy(rate_limit=RateLimit(per_minute=60, burst=2))

    def wait(period: timedelta) -> None:
        city.clock.now += period

    patient = Inquiry(city.store, city.court, city.clock, "city", always, endpoint_policy, pause=wait)
    assert set(patient.standings(references)) == set(references)
    assert (patient.asked, patient.unanswered, city.court.calls) == (5, 0, 3)
    hasty = Inquiry(city.store, city.court, city.clock, "city", always, endpoint_policy)
    city.clock.pass_(seconds=9)
    assert len(hasty.standings(references)) == 2
    assert (hasty.asked, hasty.unanswered) == (2, 3)
