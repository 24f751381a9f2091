"""Probes of `check` for the archive: its folder and tree, retention, time authorities, proof and witnesses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from adapters.composition.archive import archive_folder, assert_same_origin, time_authorities, witnesses
from adapters.composition.judiciary.bound_profile import receipts_rest_on_answers
from adapters.composition.passes.shared_policies import proof_policy
from adapters.terminal.printing import age
from gateway.archive.witnessing import Witness, look_at, state_of
from gateway.operations.history_division import assert_one_tree
from gateway.record.retention_class import NEEDED, answers_that_go_first
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.store.proof_reach import alarms

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

ENDED_KIND: Final = "retention.ended-kind"


def archive(installation: Installation) -> str:
    signer, log = installation.checkpoints, installation.store().log
    assert_same_origin(installation)
    assert_one_tree(log, archive_folder(installation), installation.clock())
    last = log.last_checkpoint()
    covered = f"a checkpoint covers {last.size}" if last else "no checkpoint yet"
    return f"{signer.name}: {log.size()} records, {covered}, {archive_folder(installation).end()} in segments"


def retention(installation: Installation) -> str:
    settings, kept = installation.settings, installation.store().retention
    rules = settings.retention.rules
    if short := [rule for rule in rules if rule.life < NEEDED]:
        detail = f"payload_days = {short[0].days:g}, and {NEEDED.days} may be needed"
        raise GatewayError("retention.short", where=f"[retention.classes.{short[0].name}]", detail=detail)
    if (answers := answers_that_go_first(rules)) is not None and receipts_rest_on_answers(
        installation.settings, installation.file
    ):
        raise GatewayError("retention.answers", where=f"[retention.classes.{answers.name}]")
    after = settings.archive.leave_after_days if settings.archive else None
    emptied = sum(segment.emptied for segment in kept.segments())
    told = [f"records leave the database after {after.days} days" if after else "nothing leaves the database by itself"]
    told += [f"{emptied} segments have left"] if emptied else []
    told += [f"{len(rules)} classes delete payloads" if rules else "nothing is ever deleted"]
    told += [f"{len(holds)} holds"] if (holds := kept.holds()) else []
    return ", ".join(told)


def ended_kinds(installation: Installation) -> dict[str, Callable[[], str]]:
    """Return a warning as a probe if a retention class names kinds of notice that no body issues.

    It is no error: the class decides about the papers that were issued when a body had the kind.
    """
    settings = installation.settings
    issued = {kind for body in settings.bodies.values() for kind in body.kinds}
    found = {name: each.of_no_body(issued) for name, each in settings.retention.classes.items()}
    told = "; ".join(f"[retention.classes.{name}] {', '.join(kinds)}" for name, kinds in found.items() if kinds)
    return {ENDED_KIND: lambda: f"{told}: {CATALOGUE[ENDED_KIND].en}"} if told else {}


def time_stamps(installation: Installation) -> str:
    """Request a real time-stamp of nothing from each authority."""
    authorities = time_authorities(installation)
    for authority in authorities:
        authority.stamp(hashlib.sha256(b"").digest())
    return ", ".join(authority.name for authority in authorities)


def proof(installation: Installation) -> str:
    """Report if sending has stopped, or soon will, for want of proof."""
    policy, reached = proof_policy(installation.settings), installation.store().evidence.proof()
    assert policy is not None
    now = installation.clock()
    found = alarms(reached, policy, now)
    for name in ("sending", *sorted(name for name in found if name.startswith("archive:"))):
        if name in found:
            raise found[name]
    waited, limit = age(policy.proven(reached).waits(now)), age(policy.stop_after)
    return f"the oldest record without it has waited for {waited}; sending stops after {limit}"


def witness_probes(installation: Installation) -> dict[str, Callable[[], str]]:
    """Return a probe for each witness; having none is an error in production."""

    def none() -> str:
        missing = GatewayError("archive.no-witness", where="[[archive.witnesses]]")
        if installation.settings.gateway.environment == "production":
            raise missing
        return f"a warning, since this is development: {missing.entry.en}"

    found = witnesses(installation)
    if not found:
        return {"witnesses": none}
    return {f"witness {each.name}": partial(_witness, installation, each) for _, each in found}


def _witness(installation: Installation, witness: Witness) -> str:
    policy, now = proof_policy(installation.settings), installation.clock()
    assert policy is not None
    seen = witness.check()
    look_at(installation.store().log, witness, installation.checkpoints.verifier, now, every=True)
    if late := alarms(installation.store().evidence.proof(), policy, now).get(f"witness:{witness.name}"):
        raise late
    state = state_of(installation.store().log, witness.name)
    if state.code is not None:
        raise GatewayError(state.code, where=witness.name, detail=f"{state.failures} in a row")
    return f"{seen}; it accepted {state.size} records" if state.size else f"{seen}; nothing was handed over yet"
