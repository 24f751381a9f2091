"""Every act of a person, by its name: its arguments, and the function that does it.

Every caller (the command line, the service's socket, later a console) goes through `perform`, which alone makes an
`OperatorAction`. The account is the one that the caller learned, never one from a request.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from adapters.acts import (
    bulk,
    certificate_issue,
    endpoints,
    entering,
    notice_work,
    notices,
    personal_data,
    persons,
    upkeep,
    versions,
)
from adapters.acts.act_message import Facts, Request
from adapters.settings.values import Section
from gateway.notice.text import own_words
from gateway.operations.operator_action import Confirmation, OperatorAction, digest_apart_from_time
from gateway.record.evidence_record import EvidenceKind
from gateway.record.version_subject import Subject
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Act that changes something.

    ``perform`` does the act and returns facts for JSON. ``plan`` returns what it would write now (None: nothing), by
    the same code; only an act that has it can be previewed. An act of ``two_persons`` counts only with an account that
    the person cannot choose. An act ``without_reason`` says everything itself; a reason may be given with it.
    """

    arguments: type[Section]
    perform: Callable[[Installation, OperatorAction, Any], Facts]
    plan: Callable[[Installation, OperatorAction, Any], Changes | None] | None = None
    two_persons: bool = False
    without_reason: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Act as it would be written now, to be confirmed.

    ``octets`` are the payload of its record, with the time of the preview in the place of that of the confirmation.
    """

    changes: Changes
    octets: bytes
    confirmation: Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    arguments: type[Section]
    show: Callable[[Installation, Any], Facts]


def _on_notices(act: notices.NoticeAct) -> Doing:
    return Doing(arguments=notices.Chosen, perform=act.perform, plan=act.plan)


_ARGUMENTS: Final[Mapping[str, type[Section]]] = {
    "import": versions.Import,
    "activate": versions.Activate,
    "rollback": versions.RollBack,
}
"""Arguments of the acts on versions that take more than a version."""


def _life(of: Subject) -> dict[str, Doing]:
    """Return the acts on versions of a subject. The submitter and the approver must be two persons."""
    return {
        f"{of.area}.{name}": Doing(
            arguments=_ARGUMENTS.get(name, versions.Version),
            perform=act.perform,
            plan=act.plan,
            two_persons=name in ("submit", "approve"),
        )
        for name, act in versions.Life(of).acts.items()
    }


_LIVES: Final = (Subject.ROWS, Subject.PROFILE, Subject.RULES, Subject.CALENDAR)
"""One subject of each area."""

ACTS: Final[Mapping[str, Doing]] = {
    **{name: doing for of in _LIVES for name, doing in _life(of).items()},
    "intake.enter": Doing(arguments=entering.Enter, perform=entering.enter),
    "queue.retry": _on_notices(notices.RETRY),
    "queue.hold": _on_notices(notices.HOLD),
    "queue.release": _on_notices(notices.RELEASE),
    "queue.withdraw": _on_notices(notices.WITHDRAW),
    "queue.other-channel": _on_notices(notices.SWITCH_CHANNEL),
    "queue.write-again": _on_notices(notices.REWRITE),
    "queue.decide": Doing(arguments=notices.Decide, perform=notices.decide, plan=notices.plan_decision),
    "stop-everything": Doing(arguments=upkeep.Nothing, perform=upkeep.stop_everything, plan=upkeep.plan_stop),
    "resume": Doing(arguments=upkeep.Nothing, perform=upkeep.resume, plan=upkeep.plan_resumption),
    "endpoint.retry": Doing(arguments=endpoints.Endpoint, perform=endpoints.wake_endpoint, plan=endpoints.plan_wake),
    "endpoint.test": Doing(arguments=endpoints.Endpoint, perform=endpoints.try_endpoint),
    "notice.claim": Doing(arguments=notice_work.OneNotice, perform=notice_work.claim, without_reason=True),
    "notice.unclaim": Doing(arguments=notice_work.OneNotice, perform=notice_work.unclaim, without_reason=True),
    "notice.hand-over": Doing(arguments=notice_work.HandOver, perform=notice_work.hand_over, without_reason=True),
    "notice.comment": Doing(arguments=notice_work.OneNotice, perform=notice_work.comment, without_reason=True),
    "bulk.begin": Doing(arguments=bulk.Bulk, perform=bulk.begin),
    "bulk.stop": Doing(arguments=bulk.Bulk, perform=bulk.stop),
    "archive.override": Doing(arguments=upkeep.Override, perform=upkeep.override),
    "archive.accept-damage": Doing(arguments=upkeep.Damaged, perform=upkeep.accept_damage),
    "archive.hold": Doing(arguments=upkeep.Held, perform=upkeep.hold_payloads),
    "archive.unhold": Doing(arguments=upkeep.Held, perform=upkeep.release_payloads),
    "recovery.begin": Doing(arguments=upkeep.Nothing, perform=upkeep.begin_recovery),
    "recovery.end": Doing(arguments=upkeep.EndRecovery, perform=upkeep.end_recovery),
    "person.first": Doing(arguments=persons.First, perform=persons.first),
    "person.add": Doing(arguments=persons.Add, perform=persons.add),
    "person.roles": Doing(arguments=persons.GiveRoles, perform=persons.give_roles),
    "person.bodies": Doing(arguments=persons.GiveBodies, perform=persons.give_bodies),
    "person.deactivate": Doing(arguments=persons.Named, perform=persons.deactivate),
    "person.activate": Doing(arguments=persons.Named, perform=persons.activate),
    "person.recover": Doing(arguments=persons.Named, perform=persons.recover),
    "person.link": Doing(arguments=persons.Link, perform=persons.link),
    "person.provider": Doing(arguments=persons.Provider, perform=persons.provider),
    "person.address": Doing(arguments=persons.GiveAddress, perform=persons.give_address),
    "person.digest": Doing(arguments=persons.ChooseDigest, perform=persons.choose_digest),
    "personal-data.export": Doing(
        arguments=personal_data.ExportedFile, perform=personal_data.export, plan=personal_data.plan_export
    ),
    "certificate.issue": Doing(arguments=certificate_issue.Certified, perform=certificate_issue.issue),
    "outages.certify": Doing(arguments=certificate_issue.CertifiedOutages, perform=certificate_issue.issue_outages),
    "quarantine.release": Doing(arguments=upkeep.Item, perform=upkeep.release_item, plan=upkeep.plan_release),
    "quarantine.dismiss": Doing(arguments=upkeep.Item, perform=upkeep.dismiss_item, plan=upkeep.plan_dismissal),
}


VIEWS: Final[Mapping[str, View]] = {
    f"{of.area}.show": View(arguments=versions.Version, show=versions.Life(of).show) for of in _LIVES
}
"""Views of facts that a person must see before an act, if the account may read no store. Nothing is recorded."""


def doing_of(name: str) -> Doing:
    """Return an act. Raises `GatewayError` ``act.request`` for an unknown name."""
    if name not in ACTS:
        raise GatewayError("act.request", where=name, detail="no act has this name")
    return ACTS[name]


def perform(
    installation: Installation,
    request: Request,
    account: str,
    authentication: str,
    confirmation: Confirmation | None = None,
) -> Facts:
    """Do a requested act (or show its facts), as the act of ``account``.

    ``authentication`` is the proof of the account (`gateway.operations.operator_action`). An act with a
    ``confirmation`` is done once: its facts have the id of its ``record``, and a repetition has that alone.

    Raises `GatewayError`: ``act.request`` for arguments that the act does not take; ``act.reason`` without a reason;
    ``act.changed`` if it would record something else than what was confirmed; also any error of the act. Then nothing
    is written.
    """
    if (view := VIEWS.get(request.name)) is not None:
        return view.show(installation, _arguments(view.arguments, request))
    doing, arguments, act = _act(installation, request, account, authentication, confirmation)
    facts: Facts = {"account": account, "authentication": authentication}
    if recorded := _recorded(installation, act):
        return facts | recorded
    try:
        done = doing.perform(installation, act, arguments)
    except GatewayError:
        # The same confirmation may have been sent twice at a time: the other one did it.
        if recorded := _recorded(installation, act):
            return facts | recorded
        raise
    return facts | done | _recorded(installation, act)


def preview(installation: Installation, request: Request, account: str, authentication: str) -> Preview | None:
    """Return a requested act as it would be written now; None if nothing would change.

    Nothing is locked and nothing is written. Raises `GatewayError` as `perform`, and ``act.request`` for an act that
    cannot be previewed.
    """
    doing, arguments, act = _act(installation, request, account, authentication)
    if doing.plan is None:
        raise GatewayError("act.request", where=request.name, detail="this act cannot be previewed")
    changes = doing.plan(installation, act, arguments)
    if changes is None:
        return None
    (record,) = [each for each in changes.evidence if each.kind is EvidenceKind.PERSON_ACT]
    (octets,) = [bytes(each.octets) for each in changes.payloads if each.digest == record.payload_digest]
    confirmation = Confirmation(id=secrets.token_hex(16), shown=digest_apart_from_time(octets))
    return Preview(changes=changes, octets=octets, confirmation=confirmation)


def _act(
    installation: Installation,
    request: Request,
    account: str,
    authentication: str,
    confirmation: Confirmation | None = None,
) -> tuple[Doing, Any, OperatorAction]:
    doing = doing_of(request.name)
    reason = own_words(request.reason)
    if not reason and not doing.without_reason:
        raise GatewayError("act.reason", where=request.name)
    act = OperatorAction(
        name=request.name,
        account=account,
        reason=reason,
        at=installation.clock(),
        authentication=authentication,
        confirmation=confirmation,
    )
    return doing, _arguments(doing.arguments, request), act


def _recorded(installation: Installation, act: OperatorAction) -> Facts:
    """Return the id of the record of a confirmed act, if it stands."""
    id = act.confirmed_id
    return {} if id is None or installation.store().evidence.record(id) is None else {"record": id}


def _arguments(section: type[Section], request: Request) -> Any:
    try:
        return section.model_validate(dict(request.arguments))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        detail = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise GatewayError("act.request", where=request.name, detail=detail) from error
