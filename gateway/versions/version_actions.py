"""Acts of persons on mappings and profiles: import, submit, approve, activate, retire, roll back; all on record.

An act is one transaction: steps of a version, decisions about sources, and the evidence of its author and reason. For a
version that comes into force it includes its octets as evidence. It applies to the state that the person saw; if
another act came between, nothing is written (``mapping-life.moved``). `gateway.versions.version_plans` has the rules,
and the other errors of each act.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TypeVar

from gateway.operations.operator_action import OperatorAction
from gateway.record.version_subject import Subject
from gateway.runtime.errors import GatewayError
from gateway.store.store import Store
from gateway.store.version import MappingVersion
from gateway.versions.version_plans import (
    Decided,
    Done,
    Named,
    Planned,
    find,
    plan_activation,
    plan_approval,
    plan_import,
    plan_retirement,
    plan_roll_back,
    plan_submission,
)

__all__ = ["Decided", "Done", "Named", "find"]

Outcome = TypeVar("Outcome")


def write(store: Store, plan: Planned[Outcome]) -> Outcome:
    """Write a plan in one transaction, and return its outcome.

    Raises `GatewayError` ``mapping-life.moved`` if it was made on another state; then nothing is written.
    """
    if plan.changes is not None and (stale := store.commit(plan.changes)):
        raise GatewayError("mapping-life.moved", where=", ".join(sorted(stale)))
    return plan.outcome


def import_version(
    store: Store,
    octets: bytes,
    name: str,
    checked: str,
    act: OperatorAction,
    origin: str,
    subject: Subject = Subject.ROWS,
    begun_from: str = "",
) -> Done:
    return write(store, plan_import(store, octets, name, checked, act, origin, subject, begun_from))


def submit(store: Store, version: MappingVersion, checked: str, act: OperatorAction, origin: str) -> Done:
    return write(store, plan_submission(store, version, checked, act, origin))


def approve(store: Store, version: MappingVersion, act: OperatorAction, origin: str, checked: str = "") -> Done:
    return write(store, plan_approval(store, version, act, origin, checked))


def retire(store: Store, version: MappingVersion, sources: Collection[str], act: OperatorAction, origin: str) -> Done:
    return write(store, plan_retirement(store, version, sources, act, origin))


def activate(
    store: Store, version: MappingVersion, sources: Sequence[str], begins_at: datetime, act: OperatorAction, origin: str
) -> Decided:
    return write(store, plan_activation(store, version, sources, begins_at, act, origin))


def roll_back(
    store: Store,
    source: str,
    act: OperatorAction,
    origin: str,
    subject: Subject = Subject.ROWS,
    named: Callable[[], Named | None] = lambda: None,
) -> Decided:
    return write(store, plan_roll_back(store, source, act, origin, subject, named))
