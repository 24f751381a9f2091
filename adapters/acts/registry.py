"""Every act of a person, by its name: its arguments, and the function that does it.

Every caller (the command line, the service's socket, later a console) goes through `perform`, which alone makes an
`OperatorAction`. The account is the one that the caller learned, never one from a request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from adapters.acts import notices, persons, upkeep, versions
from adapters.acts.act_message import Facts, Request
from adapters.composition.installation import Installation
from adapters.settings.values import Section
from gateway.operations.operator_action import OperatorAction
from gateway.runtime.errors import GatewayError
from gateway.store.version_subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Act that changes something.

    ``perform`` does the act and returns facts for JSON. An act of ``two_persons`` counts only with an account that the
    person cannot choose.
    """

    arguments: type[Section]
    perform: Callable[[Installation, OperatorAction, Any], Facts]
    two_persons: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    arguments: type[Section]
    show: Callable[[Installation, Any], Facts]


def _life(of: Subject) -> dict[str, Doing]:
    """Return the acts on versions of mappings, or of profiles. The submitter and the approver must be two persons."""
    life = versions.Life(of)
    return {
        "import": Doing(arguments=versions.Import, perform=life.import_version),
        "submit": Doing(arguments=versions.Version, perform=life.submit, two_persons=True),
        "approve": Doing(arguments=versions.Version, perform=life.approve, two_persons=True),
        "activate": Doing(arguments=versions.Activate, perform=life.activate),
        "rollback": Doing(arguments=versions.RollBack, perform=life.roll_back),
        "retire": Doing(arguments=versions.Version, perform=life.retire),
    }


ACTS: Final[Mapping[str, Doing]] = {
    **{f"mapping.{name}": doing for name, doing in _life(Subject.ROWS).items()},
    **{f"profile.{name}": doing for name, doing in _life(Subject.PROFILE).items()},
    "queue.retry": Doing(arguments=notices.Chosen, perform=notices.retry),
    "queue.hold": Doing(arguments=notices.Chosen, perform=notices.hold),
    "queue.release": Doing(arguments=notices.Chosen, perform=notices.release),
    "queue.withdraw": Doing(arguments=notices.Chosen, perform=notices.withdraw),
    "queue.other-channel": Doing(arguments=notices.Chosen, perform=notices.switch_channel),
    "queue.write-again": Doing(arguments=notices.Chosen, perform=notices.rewrite),
    "queue.decide": Doing(arguments=notices.Decide, perform=notices.decide),
    "stop-everything": Doing(arguments=upkeep.Nothing, perform=upkeep.stop_everything),
    "resume": Doing(arguments=upkeep.Nothing, perform=upkeep.resume),
    "endpoint.retry": Doing(arguments=upkeep.Endpoint, perform=upkeep.wake_endpoint),
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
    "person.address": Doing(arguments=persons.GiveAddress, perform=persons.give_address),
    "person.digest": Doing(arguments=persons.ChooseDigest, perform=persons.choose_digest),
    "quarantine.release": Doing(arguments=upkeep.Item, perform=upkeep.release_item),
    "quarantine.dismiss": Doing(arguments=upkeep.Item, perform=upkeep.dismiss_item),
}


VIEWS: Final[Mapping[str, View]] = {
    "mapping.show": View(arguments=versions.Version, show=versions.Life(Subject.ROWS).show),
    "profile.show": View(arguments=versions.Version, show=versions.Life(Subject.PROFILE).show),
}
"""Views of facts that a person must see before an act, if the account may read no store. Nothing is recorded."""


def doing_of(name: str) -> Doing:
    """Return an act. Raises `GatewayError` ``act.request`` for an unknown name."""
    if name not in ACTS:
        raise GatewayError("act.request", where=name, detail="no act has this name")
    return ACTS[name]


def perform(installation: Installation, request: Request, account: str, authentication: str) -> Facts:
    """Do a requested act (or show its facts), as the act of ``account``.

    ``authentication`` is the proof of the account (`gateway.operations.operator_action`). Raises `GatewayError`:
    ``act.request`` for arguments that the act does not take, or no reason; also any error of the act. Then nothing is
    written.
    """
    if (view := VIEWS.get(request.name)) is not None:
        return view.show(installation, _arguments(view.arguments, request))
    doing = doing_of(request.name)
    if not request.reason.strip():
        raise GatewayError("act.request", where=request.name, detail="a reason is wanted")
    arguments = _arguments(doing.arguments, request)
    act = OperatorAction(
        name=request.name,
        account=account,
        reason=request.reason.strip(),
        at=installation.clock(),
        authentication=authentication,
    )
    return {"account": account, "authentication": authentication} | doing.perform(installation, act, arguments)


def _arguments(section: type[Section], request: Request) -> Any:
    try:
        return section.model_validate(dict(request.arguments))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        detail = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise GatewayError("act.request", where=request.name, detail=detail) from error
