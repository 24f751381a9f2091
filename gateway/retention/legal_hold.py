"""Legal hold: a person keeps everything about a notice or a case, whatever its class. On record."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.notice.notice import sha256
from gateway.operations.operator_action import OperatorAction
from gateway.record.retention_class import About, LegalHold
from gateway.runtime.errors import GatewayError
from gateway.store.among import Among
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.store import Store
from gateway.store.stored import Changes


def place_legal_hold(store: Store, act: OperatorAction, about: About, subject: str, origin: str) -> LegalHold:
    """Place a hold and record the act; an existing hold does not change. Raises ``retention.unknown``."""
    if not _is_known(store.notices, about, subject):
        raise GatewayError("retention.unknown", where=f"{about} {subject}")
    changes, evidence_id = _recorded(act, about, subject, origin, "held")
    held = LegalHold(about=about, subject=subject, since=act.at, evidence_id=evidence_id)
    store.commit(Changes(evidence=changes.evidence, payloads=changes.payloads, holds=[held]))
    return held


def lift_legal_hold(
    store: Store, act: OperatorAction, holds: Sequence[LegalHold], about: About, subject: str, origin: str
) -> None:
    """Lift a hold and record the act. Raises ``retention.not-held``."""
    if not any((each.about, each.subject) == (about, subject) for each in holds):
        raise GatewayError("retention.not-held", where=f"{about} {subject}")
    changes, _ = _recorded(act, about, subject, origin, "released")
    store.commit(Changes(evidence=changes.evidence, payloads=changes.payloads, released=[(about, subject)]))


def _is_known(store: NoticeStore, about: About, subject: str) -> bool:
    if about is About.NOTICE:
        return store.admission(subject) is not None
    return bool(store.find(state=None, limit=1, after=None, among=Among(case_number=subject)))


def _recorded(act: OperatorAction, about: About, subject: str, origin: str, outcome: str) -> tuple[Changes, str]:
    # A record's id stands in its header; a case number may stand in the payload alone.
    name = subject if about is About.NOTICE else f"case-{sha256(subject.encode())[7:39]}"
    notice = subject if about is About.NOTICE else None
    told = {} if about is About.NOTICE else {"case": subject}
    record, payload = act.record(name, origin=origin, outcome=outcome, notice=notice, **told)
    return Changes(evidence=[record], payloads=[payload]), record.id
