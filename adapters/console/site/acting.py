"""Acts of signed-in people: the same acts as those of the command line, with the person's login as the account.

`act` does an act at once. `previewed` first shows the exact record on a page, and does the act once that is confirmed:
its view is called twice, with the same fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from flask import Response, redirect, render_template, request

from adapters.acts import registry
from adapters.acts.act_message import Facts, Request
from adapters.console.site import context
from adapters.console.site.security import FORM_TOKEN
from gateway.operations.operator_action import Confirmation
from gateway.overview.act_effect import effects
from gateway.overview.evidence.record_kinds import ACT_NAMES
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import ErrorScope, GatewayError

CONFIRMED: Final = "confirmed"
SHOWN: Final = "shown"
"""Names of the hidden fields by which a preview is confirmed."""

RECORDED: Final = "recorded"
"""Name of the part of an address by which a page says what was recorded just now."""

UNCHANGED: Final = "none"

_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Page that shows an act before it is confirmed.

    ``title`` names the act and ``about`` its object, ``means`` is its effect, ``warning`` the harm that it may do.
    ``back`` is the address of the page from which the person came, ``done`` of the page to which the act leads (None:
    there, too). ``notes`` say how things stand
    before it. ``carried`` are fields to be sent again that were a file at first.
    """

    title: Words
    about: str
    means: Words
    back: str
    warning: Words | None = None
    done: str | None = None
    notes: Sequence[Words] = ()
    carried: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Record of an act that the person has just confirmed; ``name`` is None if nothing changed by it."""

    name: Words | None
    at: datetime | None = None
    id: str = ""


def act(name: str, /, *, because: str | None = None, **arguments: Any) -> Facts:
    """Do an act as the person of the session; return its facts. Its reason is ``because``, or stands in the form.

    Raises `GatewayError` as `adapters.acts.registry.perform`.
    """
    # In parts of its own: a reload in between closes none of them.
    with closing(context.installation().again()) as installation:
        return registry.perform(installation, _asked(name, arguments, because), *_person(), confirmation())


def previewed(name: str, question: Question, /, **arguments: Any) -> Response | str:
    """Return the page that shows the exact record of an act; do the act if the form confirms that, and lead back.

    Raises `GatewayError` as `adapters.acts.registry.perform` and `adapters.acts.registry.preview`; the view shows it in
    the form that the person came from.
    """
    if confirmation() is not None:
        recorded = act(name, **arguments).get("record", UNCHANGED)
        return redirect(_with_record(question.done or question.back, recorded))  # type: ignore[return-value]
    with closing(context.installation().again()) as installation:
        found = registry.preview(installation, _asked(name, arguments), *_person())
    return render_template(
        "site/preview.html",
        question=question,
        found=found,
        effects=effects(found.changes) if found else [],
        octets=found.octets.decode() if found else "",
        record=found.confirmation.id_of(name) if found else "",
        fields=[*_fields(), *question.carried, *_confirming(found)],
    )


def confirmation() -> Confirmation | None:
    """Return the confirmation in the form; None if it confirms nothing. Raises `GatewayError` ``act.request``."""
    id = request.form.get(CONFIRMED)
    if id is None:
        return None
    if not _ID.fullmatch(id):
        raise GatewayError("act.request", detail="this confirms no preview")
    return Confirmation(id=id, shown=request.form.get(SHOWN, ""))


def just_recorded() -> Recorded | None:
    """Return the record that the address names, if it is an act of this person; None without one.

    Pages call it as ``just_recorded()``.
    """
    id = request.args.get(RECORDED, "")
    if id == UNCHANGED:
        return Recorded(name=None)
    if not id.startswith("act:") or not id.isprintable():
        return None
    store = context.store()
    try:
        row = store.evidence.record(id)
        content = {} if row is None else json.loads(store.evidence.payload(row.payload_digest))
    except GatewayError:
        return None  # the page itself says what is wrong with the store
    if content.get("account") != context.person().login:
        return None
    name = content["act"]
    return Recorded(name=ACT_NAMES.get(name, Words(en=name, fa=name)), at=parse_timestamp(content["at"]), id=id)


def is_of_the_form(error: GatewayError) -> bool:
    """Return True for an error that the person corrects in the form, such as a missing reason."""
    return error.scope is ErrorScope.ROW or error.code in ("act.request", "act.subject")


def _asked(name: str, arguments: dict[str, Any], because: str | None = None) -> Request:
    reason = request.form.get("reason", "") if because is None else because
    return Request(name=name, reason=reason, arguments=arguments)


def _person() -> tuple[str, str]:
    return context.person().login, context.authentication()


def _fields() -> list[tuple[str, str]]:
    """Return the fields of the form that chose the act, to be sent again with the confirmation."""
    return [(name, value) for name, value in request.form.items(multi=True) if name != FORM_TOKEN]


def _confirming(found: registry.Preview | None) -> list[tuple[str, str]]:
    return [] if found is None else [(CONFIRMED, found.confirmation.id), (SHOWN, found.confirmation.shown)]


def _with_record(address: str, id: str) -> str:
    split = urlsplit(address)
    query = "&".join(part for part in (split.query, f"{RECORDED}={id}") if part)
    return urlunsplit(split._replace(query=query))
