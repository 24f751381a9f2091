"""The connections of the gateway: the judiciary, certificates, time authorities and witnesses.

Only the test calls the judiciary. A person may have the next round call a destination before its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from adapters.composition.overview.installation_overview import (
    certificate_lines,
    proof_of_installation,
    silent_authorities,
)
from adapters.console.language.languages import say
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import Question, act, is_of_the_form, previewed
from adapters.console.work.connection_line import connection_lines
from gateway.overview.certificate_line import CertificateLine
from gateway.overview.dates_in_words import duration
from gateway.overview.endpoint_line import answer_in_words, longest_period, speed_in_words, speed_lines
from gateway.overview.gateway_act import CALL_AGAIN
from gateway.overview.next_step import ACTORS
from gateway.overview.proof_line import NO_WITNESS
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import Words
from gateway.runtime.circuit_breaker import Permit
from gateway.runtime.errors import GatewayError
from gateway.store.stored import AuthorityState

blueprint = Blueprint("endpoints", __name__)

_USES: Final = {
    "transport": Words(en="Messages of the gateway", fa="پیام‌های درگاه"),
    "client certificate": Words(en="Connection to the judiciary", fa="اتصال به قوه قضاییه"),
    "archive signing": Words(en="Signing of evidence files", fa="امضای فایل‌های شواهد"),
    "judiciary messages": Words(en="Messages of the judiciary", fa="پیام‌های قوه قضاییه"),
    "judiciary receipts": Words(en="Receipts of the judiciary", fa="رسیدهای قوه قضاییه"),
    "seal": Words(en="Seal of", fa="مهر"),
    "source": Words(en="Pushed rows of", fa="ردیف‌های ارسالی"),
}
"""Beginning of a certificate's use → its words; the rest of the use is a name."""


_REASON: Final = "test from the page of endpoints"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Time authority of the configuration; ``failure`` is None if it answered the last request."""

    name: str
    failure: AuthorityState | None


@blueprint.get("/endpoints")
@needs(Permission.SEE_ENDPOINTS)
def listed() -> str:
    """Show every connection, those that need a person first."""
    return _page(None)


@blueprint.post("/endpoints/call-again")
@needs(Permission.OPERATE_GATEWAY)
def call_again() -> Response | str | tuple[str, int]:
    """Show the record of calling a destination again, or do it once that is confirmed."""
    destination = request.form.get("destination", "")
    back = url_for("endpoints.listed", _anchor="connections")
    question = Question(title=CALL_AGAIN.title, about=destination, means=CALL_AGAIN.means, back=back)
    try:
        return previewed(CALL_AGAIN.name, question, destination=destination)
    except GatewayError as error:
        if not is_of_the_form(error):
            raise
        return _page(error), 422


@blueprint.get("/endpoints/call-again")
@needs(Permission.OPERATE_GATEWAY)
def form() -> Response:
    """Lead to the page with the destinations."""
    return redirect(url_for("endpoints.listed", _anchor="connections"))  # type: ignore[return-value]


def _page(error: GatewayError | None) -> str:
    installation, now = context.installation(), context.now()
    archive = installation.settings.archive
    silent = {state.name: state for state in silent_authorities(installation)}
    named = [section.name for section in archive.time_authorities] if archive else []
    connections = list(connection_lines())
    counted = context.store().call_durations.since(longest_period(now))
    certificates = sorted(certificate_lines(installation), key=lambda line: line.next_step(now) is None)
    return render_template(
        "work/endpoints.html",
        now=now,
        connections=connections,
        speeds={line.name: list(speed_lines(counted, line.name, now)) for line in connections},
        destination=installation.settings.judiciary.destination,
        tests=context.person().may(Permission.TEST_ENDPOINTS),
        speed_in_words=speed_in_words,
        error=error,
        again=CALL_AGAIN if context.person().may(Permission.OPERATE_GATEWAY) else None,
        rests=Permit.OPEN,
        form=request.form,
        certificates=[(line, _use(line), _tone(line)) for line in certificates],
        authorities=[Authority(name=name, failure=silent.get(name)) for name in named],
        proof=proof_of_installation(installation, now),
        no_witness=NO_WITNESS,
        actors=ACTORS,
    )


@blueprint.post("/endpoints/test")
@needs(Permission.TEST_ENDPOINTS)
def test() -> str:
    """Send the judiciary a real inquiry about nobody, and show its result."""
    destination = context.installation().settings.judiciary.destination
    if request.form.get("destination") != destination:
        abort(404)
    facts = act("endpoint.test", because=_REASON, destination=destination)
    refusal = None if facts["answered"] else GatewayError(facts["code"], where=facts["where"], detail=facts["detail"])
    return render_template(
        "work/endpoint_test.html",
        destination=facts["destination"],
        refusal=refusal,
        took=duration(timedelta(milliseconds=facts["milliseconds"])),
        proven=answer_in_words(signed=facts["signed"], repeats_call=facts["repeats_call"]),
        actors=ACTORS,
    )


def _use(line: CertificateLine) -> tuple[str, str]:
    """Return the use of a certificate in words, and the name that it is used for."""
    for beginning, words in _USES.items():
        if line.use == beginning or line.use.startswith(f"{beginning} "):
            return say(words), line.use.removeprefix(beginning).strip()
    return "", line.use


def _tone(line: CertificateLine) -> str:
    days = line.days_left(context.now())
    if days is None or days < 0:
        return "bad"
    return "good" if line.next_step(context.now()) is None else "wait"
