"""One notice: its state, deadline, timeline and documents, and the persons who acted on it. Opening it is evidence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import Blueprint, Response, redirect, render_template, request, url_for

from adapters.composition.legal.notice_deadline import notice_deadline
from adapters.console.notices import notice_labels
from adapters.console.notices.act_choice import act_choice
from adapters.console.notices.opened_notice import OpenedNotice, key_of, open_notice, particulars, visible
from adapters.console.notices.shown_documents import documents_in
from adapters.console.notices.situations import situations
from adapters.console.notices.work_view import work_on
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.crypto.xml.sealing import recipient_identifier
from gateway.audit.audit_recipe import VERDICTS
from gateway.operations.notice_access import ACCESS_NAMES, Access, record_reveal
from gateway.operations.notice_work import MAX_COMMENT
from gateway.overview.next_step import ACTORS
from gateway.overview.notices.timeline_line import ACTS
from gateway.people.permissions import Permission
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict

blueprint = Blueprint("notice", __name__)


@blueprint.get("/notices/<reference>")
@needs(Permission.SEE_NOTICES)
def shown(reference: str) -> str:
    """Show a notice, after its opening was recorded."""
    return page_of(open_notice(reference, Access.NOTICE))


def refused(reference: str, act: str, error: GatewayError) -> tuple[str, int]:
    """Show a notice with the error of an act on it; the typed text stands in its form again."""
    return page_of(open_notice(reference, Access.NOTICE), error, {act: request.form.get("reason", "")}), 422


@blueprint.post("/notices/<reference>/identifier")
@needs(Permission.REVEAL_IDENTIFIER)
def identifier(reference: str) -> str:
    """Show the recipient's identifier, after the purpose was recorded. It stands in no address."""
    admission, purpose = visible(reference, Permission.REVEAL_IDENTIFIER), request.form.get("purpose", "")
    octets = context.store().evidence.payload(admission.entry.seal_digest)
    origin = context.installation().settings.gateway.name
    said = record_reveal(context.store(), reference, purpose, context.session(), context.now(), origin)
    return render_template(
        "notices/identifier.html", notice=admission, identifier=recipient_identifier(octets), purpose=said
    )


@blueprint.get("/notices/<reference>/identifier")
@needs(Permission.REVEAL_IDENTIFIER)
def hidden(reference: str) -> Response:
    """Lead to the notice: an identifier is shown once for each purpose."""
    visible(reference, Permission.REVEAL_IDENTIFIER)
    return redirect(url_for("notice.shown", reference=reference))  # type: ignore[return-value]


def page_of(
    opened: OpenedNotice, error: GatewayError | None = None, typed: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Return the page of a notice, with the error of an act that was tried on it, and what was ``typed`` for it."""
    admission, person = opened.admission, context.person()
    situation, sealed = situations([admission])(admission.entry), opened.sealed()
    acts = person.may(Permission.ACT_ON_NOTICES, admission.body)
    facts, fields = ([], {}) if isinstance(sealed, GatewayError) else particulars(sealed)
    return render_template(
        "notices/notice.html",
        notice=admission,
        entry=admission.entry,
        situation=situation,
        actor=ACTORS[situation.next.actor],
        deadline=notice_deadline(context.installation(), admission),
        facts=facts,
        gone=sealed if isinstance(sealed, GatewayError) else None,
        documents=[*documents_in(fields)],
        error=error if typed else None,
        typed=typed,
        work=work_on(opened),
        most_signs=MAX_COMMENT,
        wrong=opened.wrong(),
        lines=opened.lines(),
        damaged=opened.damaged,
        failed=VERDICTS[Verdict.FAILED],
        key_of=key_of,
        acts=opened.acts(),
        act_words=ACTS,
        access_words=ACCESS_NAMES,
        readers=opened.readers() if person.may(Permission.SEE_AUDIT_ROOM) else [],
        earlier=opened.earlier(),
        later=opened.later(),
        choice=act_choice(admission.entry, None if typed else error) if acts else None,
        labels=notice_labels,
        parsed=parse_timestamp,
        may={each.name: person.may(each, admission.body) for each in _MAY},
    )


_MAY = (Permission.OPEN_PAPERS, Permission.REVEAL_IDENTIFIER, Permission.DOWNLOAD_EVIDENCE)
