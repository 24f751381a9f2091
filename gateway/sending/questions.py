"""Questions about notices: find those that are due, ask about them in calls that overlap, and record the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from gateway.judiciary.call_count import CallCount
from gateway.judiciary.call_pool import CallPool
from gateway.judiciary.called_endpoint import CalledEndpoint, CallPermit
from gateway.judiciary.courier import Answer, Courier, Message, Unknown, is_unreadable
from gateway.judiciary.overlap import Came, Overlap
from gateway.notice.outbox import OutboxEntry
from gateway.quarantine.quarantine import bounded
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport, Wait
from gateway.sending.exchange import together, told_errors
from gateway.sending.late_outcome import Judged, commit_judged
from gateway.sending.ticket_issue import Tickets
from gateway.store.store import Store
from gateway.store.stored import Changes

T = TypeVar("T")


class _WithMessage(Protocol):
    @property
    def message(self) -> Message: ...


S = TypeVar("S", bound=_WithMessage)


class QuestionKind(Protocol[T]):
    """One kind of question. The report counts the asked notices as ``counted``; ``tickets`` are the profile's."""

    counted: str
    tickets: Tickets

    def due(self, limit: int) -> Sequence[OutboxEntry]:
        """Return notices that are due, the longest due first. After its answer a notice is not due in this pass."""
        ...

    def prepare(self, notices: Sequence[OutboxEntry], now: datetime) -> Message: ...

    def before(self, message: Message) -> Changes:
        """Return the changes to commit before the question is asked."""
        ...

    def ask(self, courier: Courier, message: Message) -> Answer[T]: ...

    def changes(self, notices: Sequence[OutboxEntry], message: Message, answer: Answer[T]) -> Changes:
        """Return the changes to commit after the answer, or after none.

        No ``notices``: an answer about several that could not be read, which changes none of them.
        """
        ...

    def misfit(self, notice: OutboxEntry) -> Changes:
        """Return the changes for a notice about which no question can be made, or whose answer cannot be recorded."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Question that is under way."""

    message: Message
    notices: Sequence[OutboxEntry]


class Questions(Generic[T]):
    """Questions of one ``kind`` in one pass: `gateway.judiciary.overlap.Work`.

    A question covers up to ``size`` notices; up to ``batch`` notices are read at a time. One result that cannot be read
    spoils an answer about several; so does one that the database does not take. Then each of them is asked about alone,
    within the rate limit: in this pass, or in the next one, since a cursor of the store keeps the time until which they
    were due.
    """

    def __init__(
        self,
        kind: QuestionKind[T],
        endpoint: CalledEndpoint,
        courier: Courier,
        pool: CallPool,
        count: CallCount,
        *,
        batch: int,
        size: int = 1,
    ) -> None:
        self._kind, self._endpoint = kind, endpoint
        self._store, self._report = endpoint.store, endpoint.report
        self._batch, self._size = batch, size
        self._overlap: Overlap[_Asked, Answer[T]] = Overlap(endpoint, courier, pool, count)
        self._waiting: list[OutboxEntry] = []
        self._alone: list[OutboxEntry] = []
        """Notices that were granted by the rate limit, and that are asked about one by one."""
        self._cursor = f"{kind.counted}-alone:{endpoint.destination}"
        self._due_alone = self._store.rows.cursor(self._cursor) or "" if size > 1 else ""
        """Notices that were due until then are asked about one by one."""
        self._is_over_limit = False

    def run(self, may_continue: MayContinue) -> None:
        self._overlap.run(self, may_continue)

    def find(self) -> bool:
        if self._is_over_limit:
            return False
        if not self._waiting and not self._alone:
            asked = {notice.reference for each in self._overlap.subjects for notice in each.notices}
            due = self._kind.due(self._batch + len(asked))
            self._waiting = [notice for notice in due if notice.reference not in asked]
        return bool(self._waiting or self._alone)

    def begin(self, free: list[CallPermit]) -> bool:
        questions: list[_Asked] = []
        while len(questions) < len(free) and (notices := self._next()):
            if (message := self._prepared(notices)) is not None:
                questions.append(_Asked(message=message, notices=notices))
        before = together([self._kind.before(each.message) for each in questions])
        if before.evidence:
            self._store.commit(before)
        for each in questions:
            self._overlap.call(each, free.pop(), partial(self._kind.ask, message=each.message))
        return True

    def record(self, came: Sequence[Came[_Asked, Answer[T]]]) -> None:
        heard = record_answers(
            self._store,
            came,
            self._changes,
            self._report,
            self._endpoint.destination,
            self._kind.tickets,
            self._ask_otherwise,
        )
        asked_again = {notice.reference for notice in self._waiting}
        settled = [each for each in heard if asked_again.isdisjoint(each.message.references)]
        self._report.counts += {self._kind.counted: sum(len(each.notices) for each in settled)}

    def _changes(self, asked: _Asked, answer: Answer[T]) -> Changes:
        if len(asked.notices) == 1 or not _is_unreadable(answer):
            return self._kind.changes(asked.notices, asked.message, answer)
        changes = self._kind.changes((), asked.message, answer)
        return replace(changes, cursors={**changes.cursors, **self._alone_from_now(asked.notices)})

    def _alone_from_now(self, notices: Sequence[OutboxEntry]) -> dict[str, str]:
        """Ask about each of ``notices`` alone; return the cursor that keeps that for the next pass."""
        self._waiting[:0] = notices
        self._due_alone = max(self._due_alone, *map(_due, notices))
        return {self._cursor: self._due_alone}

    def _ask_otherwise(self, asked: _Asked) -> bool:
        """Keep an answer that cannot be recorded from other notices; return False for the one that it is about."""
        if len(asked.notices) > 1:
            self._store.commit(Changes(cursors=self._alone_from_now(asked.notices)))
            return True
        self._store.commit(self._kind.misfit(asked.notices[0]))
        return False

    def _next(self) -> list[OutboxEntry]:
        """Return the notices of the next question, which the rate limit has granted; empty if there is none now."""
        if self._alone:
            return [self._alone.pop(0)]
        if not self._waiting:
            return []
        is_alone = _due(self._waiting[0]) <= self._due_alone
        notices = self._waiting[: 1 if is_alone else self._size]
        granted = self._endpoint.grant(len(notices))
        if not granted:
            self._report.waits, self._is_over_limit = Wait.RATION, True
        del self._waiting[:granted]
        return notices[:granted]

    def _prepared(self, notices: Sequence[OutboxEntry]) -> Message | None:
        """Return the question; None if there is none about these together, or none about the only one.

        A notice about which no question can be made keeps no other one from being asked about.
        """
        try:
            return self._kind.prepare(notices, self._endpoint.clock())
        except GatewayError as error:
            if error.scope is not ErrorScope.ROW:
                raise
            if len(notices) > 1:
                self._alone += notices
            else:
                self._store.commit(self._kind.misfit(notices[0]))
                self._report.errors.append(error)
            return None


def _due(notice: OutboxEntry) -> str:
    return "" if notice.due_at is None else timestamp(notice.due_at)


def _is_unreadable(answer: Answer[Any]) -> bool:
    """Return True for an answer that tells nothing of any notice, since a part of it could not be read."""
    told = answer.by_reference.values()
    return all(isinstance(each, Unknown) and is_unreadable(each.code) for each in told)


def record_answers(
    store: Store,
    came: Sequence[Came[S, Answer[T]]],
    changes: Callable[[S, Answer[T]], Changes],
    report: PassReport,
    destination: str,
    tickets: Tickets,
    asked_otherwise: Callable[[S], bool] = lambda _: False,
) -> list[S]:
    """Record answers that have come by one commit, and report them to their permits; return their subjects.

    Some count although their notices have moved on meanwhile (`gateway.sending.late_outcome`). An error of one call is
    raised after the others are recorded; so is an answer that the database does not take, unless its subject is
    ``asked_otherwise``.
    """
    heard: list[tuple[Came[S, Answer[T]], Answer[T]]] = []
    parts: list[Judged] = []
    broken: list[Exception] = []
    for each in came:
        try:
            answer, left_out = bounded(store, each.take())
            judged = Judged(message=each.subject.message, answer=answer, changes=changes(each.subject, answer))
        except Exception as error:
            broken.append(error)
            continue
        report.errors += [left_out] if left_out else []
        parts.append(judged)
        heard.append((each, answer))
    if parts:
        (stale, errors), refused = _committed(store, parts, tickets)
        broken += [error for number, error in refused.items() if not asked_otherwise(heard[number][0].subject)]
        heard = [one for number, one in enumerate(heard) if number not in refused]
        report.counts += {"stale": len(stale)}
        report.errors += errors
    for each, answer in heard:
        each.heard(answer.failure)
        report.counts += {"quarantined": answer.refused is not None}
        # An unreadable part is told once, although its notices are asked about again.
        told = {(error.code, error.detail) for error in report.errors if is_unreadable(error.code)}
        errors = told_errors(answer, destination)
        report.errors += [error for error in errors if (error.code, error.detail) not in told]
        report.counts.update(told.count for told in answer.by_reference.values())  # type: ignore[attr-defined]
    if broken:
        raise broken[0]
    return [each.subject for each, _ in heard]


def _committed(
    store: Store, parts: Sequence[Judged], tickets: Tickets
) -> tuple[tuple[frozenset[str], list[GatewayError]], dict[int, Exception]]:
    """Commit the parts together, or one by one if that fails; return what `commit_judged` does, and the error of each
    failed part.

    Raises the store's errors: they concern all parts.
    """
    try:
        return commit_judged(store, parts, tickets), {}
    except GatewayError:
        raise
    except Exception as error:
        if len(parts) == 1:
            return (frozenset(), []), {0: error}
    stale, errors = frozenset[str](), list[GatewayError]()
    failed: dict[int, Exception] = {}
    for number, part in enumerate(parts):
        try:
            moved, against = commit_judged(store, [part], tickets)
            stale, errors = stale | moved, errors + against
        except GatewayError:
            raise
        except Exception as error:
            failed[number] = error
    return (stale, errors), failed
