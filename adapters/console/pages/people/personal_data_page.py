"""All that is held about one person, as a ZIP: chosen by an identifier or an account, shown before it is recorded.

The identifier is typed once. From then on its keyed hashes stand for it, so no page repeats it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from typing import BinaryIO, Final

from flask import Blueprint, Response, render_template, request

from adapters.acts import registry
from adapters.acts.act_message import Request
from adapters.composition.console.personal_data import NAME, Limits, Made, Subject, account, export, recipient
from adapters.console.notices.notice_filters import HASH, told_hash
from adapters.console.notices.search_box import MOST_SIGNS
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import CONFIRMED, SHOWN, act, confirmation, is_of_the_form
from adapters.http.wsgi_service import MAX_ANSWER_BYTES
from gateway.notice.recipient_index import KeyedHash
from gateway.notice.text import own_words
from gateway.operations.notice_access import MAX_PURPOSE
from gateway.operations.operator_action import Confirmation
from gateway.people.permissions import Permission
from gateway.runtime.errors import GatewayError

blueprint = Blueprint("personal_data", __name__)

LIMITS: Final = Limits(most=1_000, most_bytes=512 * 1024 * 1024)
"""Bounds of an export in the console, before its file is compressed; the verb has larger ones."""
_CHUNK: Final = 256 * 1024

Answer = Response | str | tuple[str, int]


@blueprint.get("/people/personal-data")
@needs(Permission.EXPORT_PERSONAL_DATA)
def form() -> str:
    return _form(None)


@blueprint.post("/people/personal-data")
@needs(Permission.EXPORT_PERSONAL_DATA)
def made() -> Answer:
    """Show what an export holds and what is recorded; return its file if the form confirms that.

    The file is made each time, since nothing of it is kept here. It leaves only if it is the one that was shown.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the response that sends it
    try:
        confirmed, subject = confirmation(), _subject()
        # The slot bounds the making; whoever takes the file slowly keeps nobody from another one.
        with context.parts().heavy.slot(context.person().id):
            exported = _made(file, subject, confirmed)
        if confirmed is not None:
            _record(exported, confirmed)
            return _file(file)
        page = _preview(subject, exported)
    except GatewayError as error:
        file.close()
        if not is_of_the_form(error):
            raise
        return _form(error), 422
    except BaseException:
        file.close()
        raise
    file.close()
    return page


def _made(file: BinaryIO, subject: Subject, confirmed: Confirmation | None) -> Made:
    """Write the export. Raises `GatewayError` ``personal-data.too-large`` for a file that the listener cannot send."""
    papers, own = "papers" in request.form, None if confirmed is None else confirmed.id_of(NAME)
    exported = export(context.installation(), file, subject, papers=papers, limits=LIMITS, apart_from=own)
    if exported.written.size > MAX_ANSWER_BYTES:
        raise GatewayError("personal-data.too-large", detail=f"a file of more than {MAX_ANSWER_BYTES} octets")
    return exported


def _subject() -> Subject:
    """Return the person that the form names: by keyed hashes of a preview, an account, or a typed identifier."""
    if hashes := request.form.getlist("recipient"):
        found = [match.groups() for each in hashes if (match := HASH.fullmatch(each))]
        if len(found) < len(hashes):
            raise GatewayError("act.request", detail="no keyed hash")
        return Subject(hashes=[KeyedHash(key_id=key, keyed_hash=keyed) for key, keyed in found])
    if person := request.form.get("person"):
        return account(context.installation(), lambda each: each.person.id == person)
    return recipient(context.installation(), request.form.get("identifier", "")[:MOST_SIGNS])


def _preview(subject: Subject, made: Made) -> str:
    """Return the page that shows the export and its exact record."""
    installation, reason = context.installation(), request.form.get("reason", "")
    asked = Request(name=NAME, reason=reason, arguments=made.arguments)
    found = registry.preview(installation, asked, context.person().login, context.authentication())
    assert found is not None  # an export is always recorded
    fields = [("recipient", told_hash(each)) for each in subject.hashes]
    fields += [("person", subject.standing.person.id)] if subject.standing else []
    fields += [("papers", "yes")] if "papers" in request.form else []
    fields += [("reason", reason), (CONFIRMED, found.confirmation.id), (SHOWN, found.confirmation.shown)]
    return render_template(
        "people/personal_data_preview.html",
        subject=subject,
        made=made,
        papers="papers" in request.form,
        purpose=own_words(reason),
        octets=found.octets.decode(),
        record=found.confirmation.id_of(NAME),
        fields=fields,
    )


def _record(made: Made, confirmed: Confirmation) -> None:
    """Record an export before it leaves. Raises `GatewayError` ``act.changed`` unless it is the one on record."""
    act(NAME, **made.arguments)
    evidence = context.store().evidence
    row = evidence.record(confirmed.id_of(NAME))
    told = {} if row is None else json.loads(evidence.payload(row.payload_digest))
    # A confirmation that is sent again records nothing: it gives the same file to the same person, or none.
    if (told.get("digest"), told.get("account")) != (made.written.digest, context.person().login):
        raise GatewayError("act.changed", where=NAME)


def _file(file: BinaryIO) -> Response:
    response = Response(_octets(file), content_type="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="personal-data.zip"'
    response.call_on_close(file.close)  # also if nothing of it is ever sent
    return response


def _octets(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while octets := file.read(_CHUNK):
            yield octets


def _form(error: GatewayError | None) -> str:
    people = sorted((each.person for each in context.store().people.all()), key=lambda person: person.login)
    return render_template(
        "people/personal_data.html",
        error=error,
        accounts=[(person.id, f"{person.login}: {person.name}") for person in people],
        chosen=request.values.get("person", ""),
        purpose=request.form.get("reason", ""),
        papers=request.method == "GET" or "papers" in request.form,
        most=MAX_PURPOSE,
    )
