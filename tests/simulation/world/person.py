"""A person who looks now and then at what waits, asks the judiciary by telephone, and acts as the console would."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, Any, Final

from adapters.acts.upkeep import Item, release_item
from gateway.notice.outbox import OutboxEntry
from gateway.operations import history_division, recovery
from gateway.operations.intervention import (
    Decision,
    DoubtDecision,
    EntryChange,
    hold_notice,
    intervene,
    release_notice,
    retry,
    switch_channel,
    throw_switch,
    withdraw,
)
from gateway.operations.operator_action import OperatorAction
from gateway.runtime.errors import GatewayError
from gateway.store.waiting_receipt import IMPLAUSIBLE

from ..plan import ACTS_END
from ..process import Crash
from .archive import SimulatedFolder
from .machine import true_time

if TYPE_CHECKING:
    from .world import World

SETTLE: Final = timedelta(minutes=30)
ORIGIN: Final = "city"
_YEAR: Final = timedelta(days=365)

OPEN: Final = frozenset({"QUEUED", "IN_DOUBT", "DEAD_LETTER", "NO_ACCOUNT", "UNDELIVERABLE"})
"""States of notices that a person can do something about."""


@dataclass(slots=True)
class Person:
    """The person's own view of the store; no fault strikes it, but others go on between two of its calls."""

    world: World
    random: Random
    has_acted: bool = False
    has_declared: bool = False
    """True after a recovery that no gateway noticed: receipts that came before were judged without it."""

    def live(self) -> None:
        """Look again and again, as a task."""
        self.world.scheduler.sleep(self.world.plan.looks_every)
        while self.world.scheduler.now < ACTS_END:
            store = self.world.database.open(self._at, lambda: self.world.scheduler.now, None, self.random)
            self.has_acted = False
            # Only a restore begins a recovery, or divides the history.
            deeds = (self._fork, self._recovery, self._receipts, self._notices)
            for deed in deeds if self.world.restored_at else deeds[2:]:
                deed(store)
            store.close()
            if self.has_acted:
                self.world.rests.news("dispatch", "rescue", "writeback", "archive")
            self.world.scheduler.sleep(self.world.plan.looks_every)

    def hurry(self) -> None:
        """End a recovery that has just begun, if that is possible."""
        store = self.world.database.open(self._at, lambda: self.world.scheduler.now, None, self.random)
        self._recovery(store)
        store.close()

    def ask_again(self, reference: str) -> None:
        """Ask about one notice in doubt at once."""
        self._intervene(reference, "queue.retry", retry)

    def give_up(self, reference: str) -> None:
        """Say of a notice in doubt that it never came."""
        verdict = DoubtDecision.WITHDRAWN
        self._intervene(reference, f"doubt.{verdict}", Decision(verdict=verdict, settle_after=SETTLE))

    def hold(self, reference: str) -> None:
        """Hold one notice in doubt: it is asked about, and not sent."""
        self._intervene(reference, "queue.hold", hold_notice)

    def err(self, reference: str) -> None:
        """Say by mistake of a notice in doubt that it may be sent again, if it is held."""
        state, *_, held = self.world.database.waiting().get(reference, ("", None, None, False))
        if held and state == "IN_DOUBT":
            verdict = DoubtDecision.QUEUED
            self._intervene(reference, f"doubt.{verdict}", Decision(verdict=verdict, settle_after=SETTLE))

    def err_at_once(self, reference: str) -> None:
        """Say by mistake of a notice in doubt that it may be sent again, though it may arrive."""
        verdict = DoubtDecision.QUEUED
        decision = Decision(verdict=verdict, settle_after=SETTLE, although_it_may_arrive=True)
        self._intervene(reference, f"doubt.{verdict}", decision)

    def _intervene(self, reference: str, name: str, change: EntryChange) -> None:
        store = self.world.database.open(self._at, lambda: self.world.scheduler.now, None, self.random)
        self._try(f"{name} {reference}", lambda: intervene(store, reference, change, self._act(name), ORIGIN))
        store.close()

    def _at(self, label: str) -> None:
        self.world.trace.step("person", label)
        if label.endswith(" applied"):
            self.world.store_changed()
        else:
            self.world.scheduler.pause()

    def _act(self, name: str) -> OperatorAction:
        return OperatorAction(name=name, account="zahra", reason="as told", at=true_time(self.world.scheduler.now))

    def _try(self, what: str, deed: Callable[[], Any]) -> None:
        try:
            deed()
        except GatewayError as error:
            self.world.coverage.codes[error.code] += 1
            self.world.trace.note("person", f"{what}: {error.code} {error.detail}")
        else:
            self.has_acted = True
            self.world.trace.note("person", what)

    def _recovery(self, store: Any) -> None:
        if recovery.current(store.recovery) is not None:
            act = self._act("recovery.end")
            self._try("ends the recovery", lambda: recovery.end(store, act, ORIGIN, ["cases"], although=False))
        elif self.world.rows_after_restore.has_come:
            act = self._act("recovery.end")
            self._try("states that everything came again", lambda: self._state(store, act))

    def _state(self, store: Any, act: OperatorAction) -> None:
        recovery.end(store, act, ORIGIN, ["cases"], although=False, brought_again=True)
        self.world.rows_after_restore.stated()

    def act_ahead(self) -> None:
        """Stop everything and resume it, by a clock that is a year ahead, and then by the right one."""
        store = self.world.database.open(self._at, lambda: self.world.scheduler.now, None, self.random)
        for ahead, stopped in ((_YEAR, True), (timedelta(), False)):
            act = self._act("stop-everything" if stopped else "resume")
            act = replace(act, at=act.at + ahead)
            self._try(act.name, lambda a=act, s=stopped: throw_switch(store, a, ORIGIN, stopped=s))
        store.close()

    def _fork(self, store: Any) -> None:
        folder, act = SimulatedFolder(self.world.archive, self._at), self._act("archive.set-aside")
        if not history_division.divide(store.log, folder, act.at):
            return
        if recovery.current(store.recovery) is None:
            self._try("declares a recovery", lambda: recovery.declare(store, self._act("recovery.begin"), ORIGIN))
            self.has_declared = True
        if self.world.checks is not None:
            self.world.checks.history.set_aside()
        self._try("sets a history aside", lambda: history_division.set_aside(store, store.log, folder, act, ORIGIN))

    def _receipts(self, store: Any) -> None:
        """Let refused receipts be judged again at a gateway that runs, if the judiciary says that they are right."""
        codes = [IMPLAUSIBLE] if IMPLAUSIBLE in self.world.told else []
        codes += ["verify.about"] if self.has_declared else []
        running = [process for process in self.world.processes if not process.dead]
        for code in codes if running else []:
            issued = {f"sha256:{sha256(each.octets).hexdigest()}" for each in self.world.judiciary.ledger.issued}
            for item in store.quarantine.page(code=code, limit=100, after=None):
                if item.payload_digest in issued:
                    asked, act = Item(digest=item.payload_digest, code=code), self._act("quarantine.release")
                    with suppress(Crash):
                        self._try(
                            "releases a receipt", lambda i=asked, a=act: release_item(running[0].installation, a, i)
                        )

    def _notices(self, store: Any) -> None:
        waiting = self.world.database.waiting()
        wanted = sorted(each for each, (state, *_) in waiting.items() if state in OPEN and not self._is_left(each))
        for reference, entry in sorted(store.notices.entries(wanted).items()) if wanted else ():
            if (deed := self._deed(store, entry)) is not None:
                name, change = deed
                act = self._act(name)
                self._try(f"{name} {reference}", lambda c=change, r=reference, a=act: intervene(store, r, c, a, ORIGIN))

    def _is_left(self, reference: str) -> bool:
        """Return True for one notice in eight: whatever it waits for, nobody does anything about it."""
        return sha256(f"{self.world.plan.seed}/{reference}/left".encode()).digest()[0] < 32

    def _is_forgotten(self, store: Any, entry: OutboxEntry) -> bool:
        return bool(self.world.restored_at) and any(each.forgot(entry) for each in store.recovery.all())

    def _deed(self, store: Any, entry: OutboxEntry) -> tuple[str, EntryChange] | None:
        """Return what the person does about a notice; None if it waits for nobody."""
        known = self.world.judiciary.ledger.standing(entry.reference)
        has_it = known is not None and known.status == "ACCEPTED"
        match entry.state:
            case "IN_DOUBT" if has_it and self.random.random() < 0.2:
                # By telephone the person hears of it, or is told that it never came; a receipt corrects that later.
                # A mistaken word that it may be sent again is safe while it is held, and it stays so.
                mistaken = DoubtDecision.QUEUED if entry.held else DoubtDecision.WITHDRAWN
                verdict = self.random.choice([DoubtDecision.SUBMITTED, mistaken])
                return f"doubt.{verdict}", Decision(verdict=verdict, settle_after=SETTLE)
            case "IN_DOUBT" if not entry.held and self.random.random() < 0.1:
                return "queue.hold", hold_notice
            case "IN_DOUBT" if entry.due_at is None or entry.code in ("doubt.predecessor", "doubt.ticket-late"):
                if known is not None:
                    return "doubt.submitted", Decision(verdict=DoubtDecision.SUBMITTED, settle_after=SETTLE)
                again = self.random.random() < 0.7
                verdict = DoubtDecision.QUEUED if again else DoubtDecision.WITHDRAWN
                return f"doubt.{verdict}", Decision(verdict=verdict, settle_after=SETTLE)
            case "DEAD_LETTER" if self._is_forgotten(store, entry):
                return "queue.retry", retry  # it is asked about first
            case "DEAD_LETTER" if known is None:
                return ("queue.retry", retry) if self.random.random() < 0.7 else ("queue.withdraw", withdraw)
            case "QUEUED" if entry.held:
                return ("queue.release", release_notice) if known is None and self.random.random() < 0.5 else None
            case "QUEUED" if known is None and self.random.random() < 0.1:
                return ("queue.hold", hold_notice) if self.random.random() < 0.7 else ("queue.withdraw", withdraw)
            case "NO_ACCOUNT" | "UNDELIVERABLE" if self.random.random() < 0.5:
                return "channel.switch", switch_channel
            case _:
                return None
