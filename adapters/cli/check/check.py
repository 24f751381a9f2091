"""The verb `check`, a preflight: it tries everything that a notice will need, and names the person who must act."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from lxml import etree

from adapters.cli.check import check_archive, check_courtesy, check_legal, check_mail, check_people, check_sources
from adapters.cli.check.check_view import show
from adapters.cli.check.exposure import acts, archive_folder, codes, listener, log_file, private_files
from adapters.cli.common.installation import installation_of
from adapters.cli.common.sandbox_child import WithSandboxOption, hint_at_sandbox, with_sandbox_of
from adapters.cli.evidence.recipients import index_state
from adapters.cli.notices.notice_search import search_state
from adapters.cli.service.database import last_comparisons
from adapters.composition.archive import evidence_signer
from adapters.composition.judiciary.bound_profile import drifted
from adapters.composition.judiciary.callback import callback_endpoint, pushes_receipts
from adapters.composition.judiciary.couriers import judiciary_courier
from adapters.composition.key_files import load_pair
from adapters.composition.pass_gates import clock_gate
from adapters.composition.revocation_checks import refresh_lists
from adapters.composition.sharing.shared_notices import check_sharing
from adapters.crypto.keys.certificate import Certificate, assert_valid_now, parse_pem, read_pem
from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.names import SOAP12
from adapters.crypto.keys.partner import assert_signs_documents
from adapters.crypto.xml.document import sign_document
from adapters.revocation.onboarding import not_asked, without_points
from adapters.settings import SignatureSection
from adapters.settings.profile_sections.trust import Trust
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption, JsonOption, day, exit_code, moment
from gateway.intake.push_result import PushTally
from gateway.judiciary.courier import PROBE_IDENTIFIER, NotBelieved
from gateway.mapping.model.mapper import FROM_FILE
from gateway.notice.notice import sha256
from gateway.notice.outbox import WAITING
from gateway.operations.effective_configuration import last
from gateway.operations.recovery import current
from gateway.overview.certificate_line import EXPIRES_SOON
from gateway.overview.notices.work_line import NOT_CONFIGURED, stranded
from gateway.quarantine.quarantine import keep
from gateway.record.evidence_record import Header
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.trust.revocation_status import Requirement

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

LONG = 20
"""Octets of a random password that cannot be guessed."""


_UNASKED = "not looked at: the profile in force does not want it"


def check(
    config: ConfigOption = DEFAULT_CONFIG,
    with_sandbox: WithSandboxOption = False,
    as_json: JsonOption = False,
) -> None:
    """Check settings, store, payloads, sources, keys, certificates, a real signature, the judiciary's endpoint."""
    with with_sandbox_of(config, with_sandbox):
        findings = _findings(config)
    show(findings, as_json)
    failures = [found for found in findings.values() if isinstance(found, GatewayError)]
    if failures:
        if not with_sandbox:
            hint_at_sandbox(config, "check")
        raise typer.Exit(max(exit_code(error) for error in failures))


def _findings(config: Path) -> dict[str, str | GatewayError]:
    """Run every probe; return the findings by name."""
    findings: dict[str, str | GatewayError] = {}
    try:
        installation = installation_of(config)
    except GatewayError as error:
        findings["settings"] = error
    else:
        findings["settings"] = f"{config}, {installation.settings.gateway.environment}"
        findings |= {f"guard {number}": error for number, error in enumerate(installation.violations(), start=1)}
        for name, probe in _probes(installation).items():
            try:
                findings[name] = probe()
            except NotBelieved as refusal:
                findings[name] = refusal
                findings["quarantine"] = _kept(installation, refusal)
            except GatewayError as error:
                findings[name] = error
    return findings


def _probes(installation: Installation) -> dict[str, Callable[[], str]]:
    """Return the probes by name; each returns a summary, or raises."""
    settings = installation.settings
    probes: dict[str, Callable[[], str]] = {
        "store": lambda: f"{installation.store().tallies.counts()['admitted']} notices"
    }
    probes["rows of the store"] = lambda: last_comparisons(installation)
    probes["configuration"] = lambda: _configuration(installation)
    probes["destination"] = lambda: _destination(installation)
    probes["memory of the store"] = lambda: _memory(installation)
    probes["payloads"] = lambda: installation.payloads().check()
    probes["search"] = lambda: search_state(installation)
    probes["search by recipient"] = lambda: index_state(installation)
    probes["private files"] = lambda: private_files(installation)
    probes["listener"] = lambda: listener(installation)
    probes["log file"] = lambda: log_file(installation)
    probes["acts"] = lambda: acts(installation)
    if settings.console is not None:
        probes["people"] = lambda: check_people.people(installation)
        if settings.console.is_one_address:
            probes["people.one-address"] = lambda: CATALOGUE["people.one-address"].en
        if settings.console.openid is not None:
            probes["OpenID provider"] = lambda: check_people.provider(installation)
    if settings.mail is not None:
        probes["mail"] = lambda: check_mail.mail(installation)
    probes["courtesy messages"] = lambda: check_courtesy.courtesy(installation)
    probes["legal rules"] = lambda: check_legal.rules(installation)
    probes["office calendar"] = lambda: check_legal.calendar(installation)
    for code, body in settings.bodies.items():
        probes[f"codes of {code}"] = partial(codes, installation, code, body)
    for name in settings.sources:
        probes |= check_sources.probes_of(installation, name)
    probes["sources of results"] = lambda: check_sources.all_configured(installation)
    for agreement in settings.sharing:
        probes[f"sharing with {agreement.body}"] = partial(check_sharing, installation, agreement)
    probes["asset register"] = lambda: check_sources.asset_register(installation)
    probes["transport key"] = lambda: _signature(installation.transport)
    for code in settings.bodies:
        probes[f"seal {code}"] = partial(_seal, installation, code)
    probes["judiciary's certificates"] = lambda: _partner(installation)
    probes["revocation"] = lambda: _revocation(installation)
    probes["judiciary's profile"] = lambda: _profile(installation)
    if settings.judiciary.username_token is not None:
        probes["username token"] = lambda: _username_token(installation)
    if settings.judiciary.client_certificate is not None:
        probes["client certificate"] = lambda: _client_certificate(installation)
    served = _is_served(installation)
    if served:
        for code in installation.judiciary.profile.losses:
            probes[code] = partial(_loss, code)
        probes["judiciary's signatures"] = lambda: _strictness(installation.judiciary.signature)
        if pushes_receipts(installation.judiciary):
            probes["callback"] = lambda: _callback(installation)
        probes["contract"] = lambda: f"{len(installation.judiciary.binding.operations)} operations bound"
    probes["archive"] = lambda: check_archive.archive(installation)
    if settings.archive is not None:
        probes["archive's folder"] = lambda: archive_folder(installation.archive_path)
    probes["retention"] = lambda: check_archive.retention(installation)
    probes |= check_archive.ended_kinds(installation)
    if settings.archive is not None and settings.archive.signing is not None:
        probes["evidence files"] = lambda: _signature(evidence_signer(installation))
    if settings.archive is not None and settings.archive.time_authorities:
        probes["time authorities"] = lambda: check_archive.time_stamps(installation)
    if settings.archive is not None:
        probes["proof"] = lambda: check_archive.proof(installation)
        probes |= check_archive.witness_probes(installation)
    if served and installation.judiciary.profile.can_be_tried:
        probes["endpoint"] = lambda: _endpoint(installation)
    elif served:
        probes["lost.path"] = lambda: CATALOGUE["lost.path"].en
    probes["clock"] = lambda: _clock(installation)
    return probes


def _configuration(installation: Installation) -> str:
    """Compare this process's configuration with the last recorded one."""
    store, here = installation.store(), installation.configuration
    there = last(store.rows)
    if there is None:
        return f"{here.digest}, not in force yet: none was recorded before"
    record = store.evidence.record(there.id)
    header = None if record is None else Header.read(record.header)
    since = "a time that is not known" if header is None else moment(header.event_time)
    if there.configuration.digest == here.digest:
        return f"{here.digest}, in force since {since}"
    changed = ", ".join(here.other_than(there.configuration.parts))
    return f"{here.digest}, not in force yet; {there.configuration.digest} is, since {since}; other: {changed}"


def _destination(installation: Installation) -> str:
    """Return the configured destination; raise if notices are under way to another one."""
    configured, now = installation.settings.judiciary.destination, installation.clock()
    backlog = installation.store().tallies.backlog(now=now, ages=(), states=WAITING)
    if found := stranded(backlog, configured):
        detail = ", ".join(f"{line.count} {line.state}" for line in found if line.destination == found[0].destination)
        raise GatewayError(NOT_CONFIGURED, where=found[0].destination, detail=detail)
    return f"{configured}; nothing is under way to another one"


def _memory(installation: Installation) -> str:
    """Compare the store with this machine's memory of it; no recovery is begun."""
    memory_file = installation.memory_file()
    if memory_file.recall() is None:
        memory_file.assert_writable()
        return f"{memory_file.path}: nothing yet; whether the store was restored before now, nobody here can tell"
    if found := installation.store().recovery.forgetting():
        raise GatewayError("recovery.needed", where=str(memory_file.path), detail=found.cause)
    on = current(installation.store().recovery)
    return f"{memory_file.path} agrees" + (f"; a recovery is on since {moment(on.since)}" if on else "")


def _signature(signer: Signer) -> str:
    """Make a real signature: only then does a locked hardware key show itself."""
    now = system_clock()
    assert_valid_now(signer.certificate, now)
    sign_document(etree.Element("Specimen", Id="S-1"), signer, now)
    return f"{signer.certificate.subject}, valid until {day(signer.certificate.not_after)}{_soon(signer.certificate)}"


def _soon(certificate: Certificate) -> str:
    """Return a warning before a certificate ends, while a renewed one can still be valid beside it."""
    left = certificate.not_after - system_clock()
    if left >= EXPIRES_SOON:
        return ""
    page = "docs/operate/operations.md, Renewing a certificate"
    return f"; a warning: have it renewed now, it ends in {left.days} days ({page})"


def _overlap(installation: Installation, body: str, present: Certificate) -> str:
    """Return a warning if the certificate before this one ended before this one began: nothing can be sealed in
    between.
    """
    try:
        kept = installation.store().certificates.all()
    except GatewayError:
        return ""  # the store's own probe reports its error
    before = [
        Certificate.of(parse_pem(each.chain, each.use)[0])
        for each in kept
        if each.use == f"seal {body}" and each.thumbprint != present.thumbprint
    ]
    last = max((each.not_after for each in before if each.not_before < present.not_before), default=None)
    if last is None or last >= present.not_before:
        return ""
    return (
        f"; a warning: no overlap: the one before it ended {moment(last)}, and it began"
        f" {moment(present.not_before)}; renew the next one earlier"
    )


def _seal(installation: Installation, body: str) -> str:
    assert_signs_documents(read_pem(installation.folder.path(installation.settings.bodies[body].seal.certificate))[0])
    signer = load_pair(installation.settings.bodies[body].seal, installation.folder)
    return _signature(signer) + _overlap(installation, body, signer.certificate)


def _loss(code: str) -> str:
    return CATALOGUE[code].en


def _partner(installation: Installation) -> str:
    certificates = installation.partner.certificates
    for certificate in certificates:
        assert_valid_now(certificate, system_clock())
    for file in installation.settings.judiciary.receipt_certificates:
        assert_signs_documents(read_pem(installation.folder.path(file))[0])
    return ", ".join(certificate.thumbprint[:23] + "…" for certificate in certificates)


def _username_token(installation: Installation) -> str:
    credentials = installation.judiciary.credentials()
    if credentials is None:
        return _UNASKED
    if len(credentials.password) >= LONG:
        return credentials.username
    return f"{credentials.username}; a warning: its password is short, and whoever reads a message can try passwords"


def _client_certificate(installation: Installation) -> str:
    """Load our TLS certificate with its key, as for a connection."""
    certificate, now = installation.judiciary.client_certificate(), system_clock()
    if certificate is None:
        return _UNASKED
    assert_valid_now(certificate, now)
    return f"{certificate.subject}, valid until {day(certificate.not_after)}{_soon(certificate)}"


def _revocation(installation: Installation) -> str:
    """Fetch every list for real."""
    settings, section = installation.settings, installation.settings.revocation
    if settings.revocation_requirement is Requirement.OFF:
        return "off: nobody asks whether a certificate was revoked"
    if not section.has_source:
        if settings.gateway.environment == "production":
            raise GatewayError("revocation.no-source", where="[revocation]")
        return "no list is looked for"
    report = refresh_lists(installation, at_once=True)
    if report.errors:
        raise report.errors[0]
    partner, lists = installation.partner, installation.revocation_lists.look().all()
    told = [f"{settings.revocation_requirement}, {len({each.scope for each in lists})} lists in force"]
    if lists:
        told.append(f"the first ends {moment(min(each.next_update for each in lists))}")
    told += [f"{link.subject} does not say where its list is" for link in without_points(partner)]
    told += [f"{url}, which a certificate names, is not in urls" for url in not_asked(partner, section.urls)]
    return "; ".join(told)


def _profile(installation: Installation) -> str:
    """Return the profile in force, and compare it with the configured one."""
    profile = installation.judiciary.profile
    if profile.version != FROM_FILE and (named := drifted(installation.configured_judiciary.profile, profile)):
        where, detail = installation.settings.judiciary.destination, f"{profile.spoken.label} is in force; {named}"
        raise GatewayError("mapping-life.drift", where=where, detail=detail)
    return f"{profile.spoken.label}: {profile.file.title}, {profile.digest[:23]}…"


def _strictness(signature: SignatureSection) -> str:
    return f"not strict: {'; '.join(signature.switched)}" if signature.switched else "strict"


def _is_served(installation: Installation) -> bool:
    """Return True if there is a usable profile; its error is reported once, by its own probe."""
    try:
        return bool(installation.judiciary.profile)
    except GatewayError:
        return False


def _callback(installation: Installation) -> str:
    """Make the callback's endpoint."""
    section = installation.settings.judiciary.callback
    endpoint = callback_endpoint(installation, installation.judiciary, f"http://{section.listen}", PushTally())
    version = _version(endpoint.answerer.soap)
    return f"role callback listens at {section.listen}; messages are for {endpoint.address}, {version}"


def _version(soap: str) -> str:
    return "SOAP 1.2" if soap == SOAP12 else "SOAP 1.1"


def _endpoint(installation: Installation) -> str:
    """Ask about a person who does not exist, or the profile's substitute for that question.

    The answer proves network, contract, both signatures and both clocks.
    """
    judiciary = installation.judiciary
    judiciary_courier(installation, judiciary).has_account("NATURAL", PROBE_IDENTIFIER)
    unsigned = judiciary.profile.file.trust.answers is Trust.CONNECTION
    return f"{installation.settings.judiciary.endpoint} answers, " + (
        "unsigned, over the pinned connection" if unsigned else "signed and fresh"
    )


def _clock(installation: Installation) -> str:
    """Compare our clock with the store's and with one outside: the judiciary's, or a time authority's."""
    gate = clock_gate(installation)
    gate.hear()
    gate.open()
    offsets = installation.timekeeper.offsets()
    told = [f"{of} {offset.estimate.total_seconds():+.1f} s" for of, offset in offsets.items()]
    return ", ".join(told)


def _kept(installation: Installation, refusal: NotBelieved) -> str | GatewayError:
    """Keep the refused answer, as every pass does."""
    try:
        theirs, ours = installation.settings.judiciary.destination, installation.settings.gateway.name
        left_out = keep(installation.store(), refusal, theirs, ours, installation.clock())
    except GatewayError as error:
        return error
    return left_out or f"the answer is kept: quarantine show {sha256(refusal.octets)}"
