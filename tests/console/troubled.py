"""A store in which every kind of trouble stands, made by the passes themselves over sides in memory."""

from __future__ import annotations

import os
import shutil
import socket
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lxml import etree

from adapters.composition.installation import Installation
from adapters.crypto.xml.sealing import notice_element
from gateway.judiciary.courier import (
    Accepted,
    Deferred,
    NoAccount,
    NotKnown,
    Outcome,
    Rejected,
    Standing,
    Unknown,
)
from gateway.mapping import BodyConfig
from gateway.mapping.model.mapper import Always
from gateway.notice.envelope import SealedNotice
from gateway.notice.notice import Notice
from gateway.notice.outbox import OutboxEntry
from gateway.operations.intervention import hold_notice
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.errors import GatewayError
from gateway.sending.sealing_breaker import line_of
from gateway.store.stored import Process
from tests.manual_clock import ManualClock
from tests.mappers import case_mapper
from tests.passes.case_table import Cases
from tests.passes.conftest import Passes
from tests.passes.ports import JudiciaryService, Stamp

OWN, OTHER = "article-100", "article-77"
FORGED = b"<answer><script>alert(1)</script>Accepted \x00 \xff</answer>"
BEGAN = datetime(2026, 11, 28, 6, tzinfo=UTC)
FORMULA = "=1+2"
"""Key of a refused row, which a spreadsheet would take for a formula."""
NOBODY = "EB-AAAAAAAAAAAAAAAAAAAAAAAAAA"
"""Reference of a notice that is not here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubled:
    """The installation, its passes, and the references of notices by their story."""

    installation: Installation
    passes: Passes
    notices: dict[str, str]

    @property
    def clock(self) -> ManualClock:
        return self.passes.clock

    def copied(self, place: Path) -> Troubled:
        """Return the same troubles in a new folder at ``place``; this installation is closed."""
        shutil.copytree(self.installation.folder.base, place)
        cases, judiciary, clock = deepcopy((self.passes.cases, self.passes.judiciary, self.clock))
        installation = replace(Installation.of(place / "gateway.toml"), clock=clock)
        passes = replace(self.passes, store=installation.store(), cases=cases, judiciary=judiciary, clock=clock)
        return Troubled(installation=installation, passes=passes, notices=dict(self.notices))


class Readable(Stamp):
    """Sealer that signs nothing: its octets are the notice's XML, which pages read."""

    def seal(self, notice: Notice, at: datetime) -> SealedNotice:
        octets = etree.tostring(notice_element(notice))
        return SealedNotice(reference=notice.reference, octets=octets, sealed_at=at)


def troubled(config: Path) -> Troubled:
    """Make all troubles in the store of a configuration in which nothing has happened yet."""
    clock = ManualClock(BEGAN - timedelta(days=16))
    installation = replace(Installation.of(config), clock=clock)
    judiciary = JudiciaryService(clock, destination=installation.settings.judiciary.destination)
    bodies = installation.settings.bodies
    named = {
        code: BodyConfig(code=code, title=bodies[code].title, kinds={"ruling": "ابلاغ رأی"}) for code in (OWN, OTHER)
    }
    passes = Passes(
        installation.store(),
        Cases(),
        judiciary,
        clock,
        sealer=Readable(),
        requeue=False,
        mappers=Always(case_mapper(named)),
    )
    made = Troubled(installation=installation, passes=passes, notices={})
    for make in (_dead_letter, _doubts, _ends, _queue, _refused_rows, _quarantine, _connections):
        clock.advance(seconds=10)
        make(made)
    return made


def _admit(made: Troubled, *names: str, body: str = OWN, **columns: object) -> list[OutboxEntry]:
    """Admit a notice for each name; its case number is the name, too."""
    for name in names:
        made.passes.cases.put(name, body_code=body, case_number=f"1404-{name}", **columns)
    entries = made.passes.admit(*names)
    made.notices.update({entry.row_key: entry.reference for entry in entries})
    return entries


def _dead_letter(made: Troubled) -> None:
    _admit(made, "late")
    made.clock.advance(days=15)
    made.passes.rescue()


def _doubts(made: Troubled) -> None:
    """Make two doubts that are proven absent, of two bodies, and one that nobody can tell."""
    passes = made.passes
    _admit(made, "absent", "untold")
    _admit(made, "absent-other", body=OTHER)
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    untold = made.notices["untold"]

    def standing(reference: str) -> Standing:
        return Unknown(code="courier.incomplete-answer") if reference == untold else NotKnown()

    passes.judiciary.standing = standing
    for _ in range(30):
        passes.rescue()
        made.clock.advance(minutes=10)


def _ends(made: Troubled) -> None:
    """Make notices that were rejected, have no account, and arrived; the rejected one of another body, too."""
    passes = made.passes
    _admit(made, "rejected", "no-account", "arrived")
    _admit(made, "rejected-other", body=OTHER)
    outcomes: dict[str, Outcome] = {
        made.notices["rejected"]: Rejected(code="R-1", text="تاریخ صدور نادرست است"),
        made.notices["rejected-other"]: Rejected(code="R-1"),
        made.notices["no-account"]: NoAccount(),
    }
    passes.judiciary.outcome = lambda reference: outcomes.get(
        reference, Accepted(tracking_number=f"T-{reference[-6:]}")
    )
    passes.dispatch()
    arrived = passes.entry(made.notices["arrived"])
    passes.judiciary.issue("ContentConsignment", arrived.reference, arrived.seal_digest, made.clock())
    passes.judiciary.issue("ContentConsignment", NOBODY, None, made.clock())
    passes.receive()


def _queue(made: Troubled) -> None:
    """Make queued notices: one that an error keeps from being sent, and one that a person holds."""
    passes = made.passes
    (stuck,) = _admit(made, "stuck")
    passes.judiciary.outcome = lambda _: Deferred(code="mapped.message")
    passes.dispatch()
    assert passes.entry(stuck.reference).code == "mapped.message"
    (held,) = _admit(made, "held")
    passes.intervene(held.reference, hold_notice)


def _refused_rows(made: Troubled) -> None:
    wrong = {"recipient_id": "0012345678"}
    for key, body in (("wrong", OWN), (FORMULA, OWN), ("to-be-fixed", OWN), ("wrong-other", OTHER), ("bodyless", None)):
        made.passes.cases.put(key, body_code=body, case_number=f"1404-{key.strip('=')}", **wrong)
    made.passes.collect()


def _quarantine(made: Troubled) -> None:
    _admit(made, "forged")
    made.passes.judiciary.doubtful = FORGED
    made.passes.dispatch()
    made.passes.judiciary.doubtful = None


def _connections(made: Troubled) -> None:
    """Let the judiciary be away, the seals of the other body be refused, and a time authority be silent."""
    passes, store = made.passes, made.installation.store()
    _admit(made, "away-1", "away-2", "away-3")
    passes.judiciary.away = Failure(code="courier.not-connected")
    for _ in range(3):
        passes.dispatch(batch=1)
    now, refused = made.clock(), Failure(code="seal.not-accepted")
    for _ in range(3):
        store.endpoints.update_breaker(
            line_of(passes.judiciary.destination, OTHER), lambda breaker: breaker.failed(refused, now), now
        )
    archive = made.installation.settings.archive
    assert archive is not None
    store.processes.authority(archive.time_authorities[0].name, GatewayError("time.unreachable"), now)
    owner = f"{socket.gethostname()}/{os.getpid()}"
    store.processes.note(Process(owner=owner, began_at=now, seen_at=now, passed_at=now))
