"""One record of a notice's evidence: what it is in words, what was found of it, and its octets as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flask import Blueprint, abort, render_template

from adapters.console.notices.message_text import ShownText, shown_text
from adapters.console.notices.opened_notice import GONE, OpenedNotice, read, record, visible
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.crypto.xml.sealing import recipient_identifier
from gateway.audit.audit_recipe import VERDICTS
from gateway.evidence.reference_scan import mentioned
from gateway.notice.profile_version import label
from gateway.operations.notice_access import Access
from gateway.overview.notices.timeline_line import OPERATIONS
from gateway.people.permissions import Permission
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.runtime.verdict import Verdict

blueprint = Blueprint("record", __name__)

MOST_NOTICES: Final = 100
"""Most notices of a message whose text is shown: each one's identifier must be known to be masked."""


@blueprint.get("/notices/<reference>/records/<key>")
@needs(Permission.OPEN_PAPERS)
def shown(reference: str, key: str) -> str:
    """Show a record, after its opening was recorded."""
    opened = read(visible(reference, Permission.OPEN_PAPERS))
    row = opened.record(key)
    if row is None:
        abort(404)
    record(Access.MESSAGE, reference, row.id)
    header = Header.read(row.header)
    if header is None:
        return render_template(
            "notices/record_damaged.html", notice=opened.admission, row=row, failed=VERDICTS[Verdict.FAILED]
        )
    octets = _octets(header)
    others, text = _text(opened, row.id, octets) if isinstance(octets, bytes) else (frozenset[str](), None)
    code = header.context.get("refused")
    return render_template(
        "notices/record.html",
        notice=opened.admission,
        header=header,
        lines=[line for line in opened.lines() if line.record == row.id],
        operation=OPERATIONS.get(header.context.get("operation", "")),
        refused=CATALOGUE.get(code) if code else None,
        passed=[each for each in header.context.get("passed", "").split("; ") if each],
        profile=label(header.context),
        others=others,
        text=text,
        gone=octets if isinstance(octets, GatewayError) else None,
        place=context.store().log.index_of(row.id),
        parsed=parse_timestamp,
        is_act=header.kind is EvidenceKind.PERSON_ACT,
    )


def _octets(header: Header) -> bytes | GatewayError:
    try:
        return context.store().evidence.payload(header.payload_digest)
    except GatewayError as error:
        if error.code not in GONE:
            raise
        return error


def _text(opened: OpenedNotice, record_id: str, octets: bytes) -> tuple[frozenset[str], ShownText | None]:
    """Return the references of other notices in a record, and its text: None if it tells of notices that the person
    may not see, or of too many.
    """
    carried = context.store().log.carried([record_id]).get(record_id, frozenset())
    named = mentioned(octets)
    if named is None:
        return frozenset(), None
    others = (carried | named) - {opened.reference}
    if len(others) > MOST_NOTICES or not _all_visible(others):
        return others, None
    return others, shown_text(octets, {*_identifiers({opened.reference, *others})})


def _all_visible(references: frozenset[str]) -> bool:
    """Return True if the person may see each notice; one that is not here is seen by those who see every body."""
    visible_bodies = context.visible_bodies()
    if visible_bodies is None:
        return True
    bodies = context.store().notices.bodies(sorted(references))
    return all(bodies.get(reference) in visible_bodies for reference in references)


def _identifiers(references: set[str]) -> Iterator[str]:
    """Yield the identifiers of these notices' recipients, as far as their seals are here."""
    store = context.store()
    for entry in store.notices.entries(sorted(references)).values():
        try:
            yield recipient_identifier(store.evidence.payload(entry.seal_digest))
        except GatewayError as error:
            if error.code not in GONE:
                raise
