"""People are told of an arrival by telephone: who, when, and once, whatever happens to service, process and store."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from gateway.courtesy.courtesy_service import Answer, NotTaken, Refused, Taken, Unknown
from gateway.courtesy.telling import CourtesyPolicy, Telling
from gateway.evidence.evidence_payloads import Entry, payloads_of
from gateway.evidence.timeline import Recorded, timeline
from gateway.judiciary.courier import Unknown as Lost
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations import recovery
from gateway.overview.notices.timeline_line import timeline_lines
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.errors import GatewayError
from gateway.store.courtesy_message import CourtesyOutcome as O
from gateway.store.stored import Changes, Mark

from .conftest import Passes
from .restorable import Restorable
from .restored_world import QUEUED, SLOW, World

TEXT = "ابلاغیه‌ای به حساب شما رسیده است."
POLICY = CourtesyPolicy(
    origin="city",
    bodies=frozenset({"article-100"}),
    text=TEXT,
    max_age=timedelta(days=3),
    most=50,
    call_lasts=timedelta(minutes=1),
)


def taken() -> Answer:
    return Taken(message_number="SH-1")


def not_taken() -> Answer:
    return NotTaken(error=GatewayError("courtesy.unreachable", where="telephone"))


def lost() -> Answer:
    return Unknown(error=GatewayError("courtesy.unknown", where="telephone"))


def refused() -> Answer:
    return Refused(error=GatewayError("courtesy.refused", where="telephone"))


@dataclass
class Telephone:
    """A service that answers as a test tells it: by ``answers`` in their order, then ``usually``."""

    name: str = "shahrzad"
    told: list[tuple[str, str]] = field(default_factory=list)
    answers: list[Callable[[], Answer]] = field(default_factory=list)
    usually: Callable[[], Answer] = taken

    def tell(self, mobile: str, text: str) -> Answer:
        self.told.append((mobile, text))
        return (self.answers.pop(0) if self.answers else self.usually)()


def mobile_of(seal: bytes) -> str | None:
    """Return a number that follows from the paper's; a paper that is called so has none."""
    paper = seal.decode().rpartition("P-")[2].partition("/")[0].split()[0]
    return None if paper == "mute" else "+989" + paper.zfill(9)


def number(key: str) -> str:
    return "+989" + key.zfill(9)


def telling(passes: Passes, telephone: Telephone, policy: CourtesyPolicy = POLICY) -> Telling:
    return Telling(passes.store, telephone, mobile_of, passes.clock, policy, passes.reader.read)


def arrive(passes: Passes, *keys: str) -> list[OutboxEntry]:
    """Serve notices of these rows; return their entries after their arrival."""
    entries = passes.admit(*keys)
    passes.dispatch()
    bring(passes, "ContentConsignment", entries)
    return [passes.entry(each.reference) for each in entries]


def bring(passes: Passes, event: str, entries: Sequence[OutboxEntry]) -> None:
    for entry in entries:
        passes.judiciary.issue(event, entry.reference, entry.seal_digest, passes.clock())
    passes.receive()


def headers(passes: Passes, entry: OutboxEntry) -> list[Header]:
    return [Header.of(row.header) for row in passes.store.evidence.of_notice(entry.reference)]


def outcome(passes: Passes, entry: OutboxEntry) -> O | None:
    found = passes.store.courtesy.find(entry.reference)
    return found.outcome if found is not None else None


def test_a_person_is_told_once_with_nothing_but_the_text(passes: Passes) -> None:
    entries, telephone = arrive(passes, "1", "2"), Telephone()
    run = telling(passes, telephone)
    assert run(lambda: True).counts == {"taken": 2}
    assert sorted(telephone.told) == [(number("1"), TEXT), (number("2"), TEXT)]
    assert telling(passes, telephone)(lambda: True).idle
    assert run(lambda: True).idle
    for entry, own in zip(entries, ("1", "2"), strict=True):
        about = [each for each in headers(passes, entry) if each.kind.startswith("COURTESY")]
        assert [each.kind for each in about] == [EvidenceKind.COURTESY_MESSAGE, EvidenceKind.COURTESY_OUTCOME]
        # An evidence file has both, since they name nobody else.
        files = payloads_of(passes.store.evidence, dict(enumerate(about)), frozenset({entry.reference}), {})
        assert [each.name for each in files.values() if isinstance(each, Entry)] == [
            "messages/000000000000.json",
            "messages/000000000001.json",
        ]
        said, ended = (json.loads(passes.store.evidence.payload(each.payload_digest)) for each in about)
        assert said == {"v": 1, "number_in": entry.seal_digest, "service": "shahrzad", "text": TEXT}
        assert (ended["outcome"], ended["message"], ended["message_number"]) == ("TAKEN", about[0].id, "SH-1")
        assert number(own)[4:] not in json.dumps([said, ended, *(dict(each.context) for each in about)])
    admission = passes.store.notices.admission(entries[0].reference)
    assert admission is not None
    found = headers(passes, entries[0])
    told = timeline_lines(timeline(admission, passes.store.notices.history(entries[0].reference), found), found)
    lines = {each.event: each for each in told}
    assert "مهلتی را آغاز نمی‌کند" in lines[Recorded.COURTESY].words.fa
    detail = lines[Recorded.COURTESY_OUTCOME].detail
    assert detail is not None
    assert "شهرزاد پیام را" in detail.fa
    assert not lines[Recorded.COURTESY].serves


def test_nobody_is_told_of_what_has_not_arrived_was_viewed_or_is_old(passes: Passes) -> None:
    late, viewed, told, submitted = passes.admit("1", "2", "3", "4")
    passes.dispatch()
    bring(passes, "ContentConsignment", [viewed, told])
    bring(passes, "ContentHandover", [viewed])
    telephone = Telephone()
    assert telling(passes, telephone)(lambda: True).counts == {"taken": 1}
    assert [to for to, _ in telephone.told] == [number("3")]
    assert outcome(passes, submitted) is None
    bring(passes, "ContentConsignment", [late])
    passes.clock.advance(days=3, minutes=1)
    assert telling(passes, telephone)(lambda: True).idle
    arrive(passes, "6")
    assert telling(passes, telephone, replace(POLICY, bodies=frozenset({"article-77"})))(lambda: True).idle
    assert len(telephone.told) == 1


def test_a_person_is_told_of_an_arrival_whoever_held_the_doubt_before(passes: Passes) -> None:
    """A hold keeps a notice from being sent; its mark says nothing once the notice has arrived."""
    (entry,) = passes.admit("1")
    passes.judiciary.outcome = lambda _: Lost(code="internal")
    passes.dispatch()
    passes.store.commit(Changes(marks=[Mark(reference=entry.reference, held=True)]))
    bring(passes, "ContentConsignment", [entry])
    present = passes.entry(entry.reference)
    assert (present.state, present.held) == (DeliveryState.DELIVERED, True)
    assert telling(passes, Telephone())(lambda: True).counts == {"taken": 1}


def test_an_unknown_outcome_is_never_repeated_and_the_service_rests(passes: Passes) -> None:
    entries, telephone = arrive(passes, "1", "2", "3"), Telephone(answers=[lost])
    run = telling(passes, telephone)
    report = run(lambda: True)
    assert (report.counts, [error.code for error in report.errors]) == ({"unknown": 1}, ["courtesy.unknown"])
    assert len(telephone.told) == 1
    # The trouble stands while it rests; then the others are told, and the first one is not.
    assert [error.code for error in run(lambda: True).errors] == ["courtesy.unknown"]
    passes.clock.advance(minutes=1)
    report = run(lambda: True)
    assert (report.counts, report.errors) == ({"taken": 2}, [])
    assert len({to for to, _ in telephone.told}) == len(telephone.told) == 3
    assert sorted(str(outcome(passes, each)) for each in entries) == ["TAKEN", "TAKEN", "UNKNOWN"]
    tally = passes.store.courtesy.tally(passes.clock() - timedelta(days=1))
    assert (tally.of(O.UNKNOWN), tally.of(O.TAKEN), tally.code) == (1, 2, None)


def test_a_message_that_was_not_taken_waits_behind_those_that_nobody_tried(passes: Passes) -> None:
    first, telephone = arrive(passes, "1"), Telephone(answers=[not_taken])
    run = telling(passes, telephone)
    assert run(lambda: True).counts == {"not_taken": 1}
    assert passes.store.courtesy.tally(passes.clock() - timedelta(days=1)).code == "courtesy.unreachable"
    arrive(passes, "2")
    passes.clock.advance(minutes=1)
    assert run(lambda: True).counts == {"taken": 2}
    assert [to for to, _ in telephone.told] == [number("1"), number("2"), number("1")]
    kinds = [each.context.get("courtesy", each.kind) for each in headers(passes, first[0])][-4:]
    assert kinds == ["COURTESY_MESSAGE", "NOT_TAKEN", "COURTESY_MESSAGE", "TAKEN"]


def test_a_number_that_is_absent_or_not_reached_ends_the_matter(passes: Passes) -> None:
    mute, unreached = arrive(passes, "mute", "2")
    telephone = Telephone(usually=refused)
    run = telling(passes, telephone)
    assert run(lambda: True).counts == {"no_number": 1, "refused": 1}
    assert run(lambda: True).idle
    assert (outcome(passes, mute), outcome(passes, unreached)) == (O.NO_NUMBER, O.REFUSED)
    assert len(telephone.told) == 1


def test_a_process_that_ends_in_the_call_leaves_an_unknown_outcome(passes: Passes) -> None:
    [entry], telephone = arrive(passes, "1"), Telephone()

    def killed() -> Answer:
        raise KeyboardInterrupt

    telephone.answers = [killed]
    with pytest.raises(KeyboardInterrupt):
        telling(passes, telephone)(lambda: True)
    begun = passes.store.courtesy.find(entry.reference)
    assert begun is not None
    assert begun.outcome is O.BEGUN
    # The other process may still be in its call.
    assert telling(passes, telephone)(lambda: True).idle
    passes.clock.advance(minutes=2)
    assert telling(passes, telephone)(lambda: True).counts == {"unknown": 1}
    assert telling(passes, telephone)(lambda: True).idle
    assert (outcome(passes, entry), len(telephone.told)) == (O.UNKNOWN, 1)
    assert headers(passes, entry)[-1].context == {"courtesy": "UNKNOWN"}


def test_a_late_answer_replaces_an_unknown_outcome(passes: Passes) -> None:
    [entry], telephone = arrive(passes, "1"), Telephone()

    def late() -> Answer:
        passes.clock.advance(minutes=2)
        assert telling(passes, telephone)(lambda: True).counts == {"unknown": 1}
        return taken()

    telephone.answers = [late]
    assert telling(passes, telephone)(lambda: True).counts == {"taken": 1}
    assert (outcome(passes, entry), len(telephone.told)) == (O.TAKEN, 1)
    assert [each.context for each in headers(passes, entry)][-2:] == [{"courtesy": "UNKNOWN"}, {"courtesy": "TAKEN"}]


def test_a_pass_tells_no_more_than_it_may(passes: Passes) -> None:
    arrive(passes, "1", "2", "3")
    telephone = Telephone()
    run = telling(passes, telephone, replace(POLICY, most=2))
    assert run(lambda: True).counts == {"taken": 2}
    assert run(lambda: True).counts == {"taken": 1}


def test_seals_that_cannot_be_read_keep_nobody_else_untold(passes: Passes) -> None:
    def damaged(seal: bytes) -> str | None:
        if (found := mobile_of(seal)) in (number("1"), number("2"), number("3")):
            raise ValueError(seal)
        return found

    arrive(passes, "1", "2", "3")
    passes.clock.advance(minutes=1)
    arrive(passes, "4", "5", "6")
    telephone, policy = Telephone(), replace(POLICY, most=2)
    run = Telling(passes.store, telephone, damaged, passes.clock, policy, passes.reader.read)
    for expected in ({"taken": 2}, {"taken": 1}, {}):
        report = run(lambda: True)
        assert (report.counts, [error.code for error in report.errors]) == (expected, ["store.payload-missing"] * 3)
    assert sorted(to for to, _ in telephone.told) == [number("4"), number("5"), number("6")]


def test_another_process_tells_nobody_a_second_time(passes: Passes) -> None:
    entries, telephone = arrive(passes, "1", "2"), Telephone()

    def meanwhile() -> Answer:
        telephone.answers = []
        telling(passes, telephone)(lambda: True)
        return taken()

    telephone.answers = [meanwhile]
    assert telling(passes, telephone)(lambda: True).counts == {"taken": 1}
    assert sorted(to for to, _ in telephone.told) == [number("1"), number("2")]
    assert [outcome(passes, each) for each in entries] == [O.TAKEN, O.TAKEN]


def test_a_commit_that_is_repeated_is_one_and_a_notice_that_moved_on_is_left_alone(passes: Passes) -> None:
    first, second = arrive(passes, "1", "2")
    commits: list[Changes] = []
    commit = passes.store.commit

    def twice(changes: Changes) -> frozenset[str]:
        """An answer to COMMIT is lost, and the notice moves on before the repetition."""
        commits.append(changes)
        assert commit(changes) == frozenset()
        if len(commits) == 1:
            bring(passes, "ContentHandover", [first])
        return commit(changes)

    passes.store.commit = twice  # type: ignore[method-assign]
    telephone = Telephone()
    run = telling(passes, telephone)
    due = passes.store.courtesy.due
    # The page was read before the second notice was viewed.
    page = due(POLICY.bodies, passes.clock() - POLICY.max_age, 9)
    passes.store.courtesy.due = lambda *_: page  # type: ignore[method-assign]
    run(lambda: bool(len(commits) < 2))
    passes.store.commit = commit  # type: ignore[method-assign]
    bring(passes, "ContentHandover", [second])
    assert run(lambda: True).counts == {}
    assert [to for to, _ in telephone.told] == [number("1")]
    assert outcome(passes, second) is None


def test_a_restore_tells_nobody_twice(place: Restorable) -> None:
    world = World(place)
    telephone = Telephone()
    world.admit(QUEUED)
    world.go_on(2)
    backup = place.back_up()
    world.start()
    assert telling(world.passes, telephone)(lambda: True).counts == {"taken": 1}
    place.restore(backup)
    world.start()
    # Nobody has looked yet, and nothing was sent to the judiciary since the backup.
    with pytest.raises(GatewayError, match=r"recovery\.needed"):
        telling(world.passes, telephone)(lambda: True)
    recovery.begin_if_rolled_back(world.passes.store, world.clock(), "city")
    assert telling(world.passes, telephone)(lambda: True).idle
    world.go_on()
    store = world.passes.store
    recovery.end(store, world.passes.act("recovery.end"), "city", [world.cases.name], although=True)
    world.clock.advance(minutes=11)
    assert telling(world.passes, telephone)(lambda: True).idle
    assert len(telephone.told) == 1
    world.admit(QUEUED, SLOW)
    world.go_on(2)
    assert telling(world.passes, telephone)(lambda: True).counts == {"taken": 1}
    assert [to for to, _ in telephone.told] == [number(QUEUED), number(SLOW)]
