"""Documents of a notice in the browser's own viewer, its evidence file, and certificates. Each opening is evidence."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Blueprint, Response, abort, request

from adapters.composition.archive import export_to
from adapters.composition.legal.service_certificates import print_certificate
from adapters.console.notices.opened_notice import record, visible
from adapters.console.notices.shown_documents import document_response
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import act
from adapters.console.site.heavy_views import heavy
from adapters.crypto.xml.sealed_fields import sealed_documents
from adapters.http.wsgi_service import MAX_ANSWER_BYTES
from gateway.operations.notice_access import Access
from gateway.people.permissions import Permission
from gateway.runtime.errors import GatewayError

blueprint = Blueprint("document", __name__)


@blueprint.get("/notices/<reference>/documents/<int:number>")
@needs(Permission.OPEN_PAPERS)
def file(reference: str, number: int) -> Response:
    """Return the paper (0) or an attachment, after its opening was recorded."""
    admission = visible(reference, Permission.OPEN_PAPERS)
    documents = sealed_documents(context.store().evidence.payload(admission.entry.seal_digest))
    if number >= len(documents):
        abort(404)
    record(Access.PAPER, reference, f"document {number} of {reference}" if number else "")
    return document_response(documents[number].octets, documents[number].media_type, f"{reference}-{number}")


@blueprint.get("/notices/<reference>/evidence.asice")
@needs(Permission.DOWNLOAD_EVIDENCE)
@heavy
def evidence(reference: str) -> Response:
    """Return the evidence file of a notice, made now. Its download is recorded once it is there.

    Raises `GatewayError` ``evidence.too-large`` for a file that the listener cannot send, and those that keep it from
    being made, such as ``evidence.not-archived``.
    """
    visible(reference, Permission.DOWNLOAD_EVIDENCE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notice.asice"
        export_to(path, context.installation(), reference)
        if path.stat().st_size > MAX_ANSWER_BYTES:
            raise GatewayError("evidence.too-large", where=reference, detail=f"more than {MAX_ANSWER_BYTES} octets")
        octets = path.read_bytes()
    record(Access.EVIDENCE, reference)
    response = Response(octets, content_type="application/vnd.etsi.asic-e+zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{reference}.asice"'
    return response


@blueprint.post("/notices/<reference>/certificate.pdf")
@needs(Permission.DOWNLOAD_EVIDENCE)
@heavy
def certificate(reference: str) -> Response:
    """Issue the certificate of service of a notice for a purpose, and return its PDF.

    Raises `GatewayError` ``act.reason``, ``act.purpose``, ``certificate.*``, ``archive.*``, ``store.*``.
    """
    visible(reference, Permission.DOWNLOAD_EVIDENCE)
    facts = act(Access.CERTIFICATE, because=request.form.get("purpose", ""), reference=reference)
    octets = print_certificate(context.installation(), str(facts["certificate"]))
    response = Response(octets, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{reference}-certificate.pdf"'
    return response
