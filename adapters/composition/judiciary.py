"""The courier, the judge of receipts and the sealer of notices: what speaks with the judiciary by one profile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypedDict, assert_never

import structlog
from lxml import etree

from adapters.composition.bound_profile import (
    BoundProfile,
    assert_own_contract,
    bound,
    bound_version,
    unpacked_aside,
)
from adapters.composition.key_files import load_pair, thumbprints
from adapters.composition.revocation_checks import judiciary_revocations
from adapters.crypto.keys.certificate import load_certificates, signing_certificate
from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.names import RECEIPT
from adapters.crypto.keys.token_key_file import TokenKeyFile
from adapters.crypto.message.credentials import Credentials
from adapters.crypto.message.jws import JwsVerifier
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.sealing import NoticeSealer
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.answer_judge import AnswerJudge, ConnectionAnswers, SignedAnswers
from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.content_echo import ContentEcho
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.contract_sealer import ContractSealer
from adapters.judiciary.mapped.form import Form
from adapters.judiciary.mapped.json_form import JsonForm
from adapters.judiciary.mapped.receipts.published_receipt_judge import SignedReceiptJudge
from adapters.judiciary.mapped.receipts.receipt_binding import mapped_receipt_judge
from adapters.judiciary.mapped.xml_form import XmlForm
from adapters.judiciary.message_courier import MessageCourier
from adapters.judiciary.plain_rest.http_form import HttpForm
from adapters.judiciary.plain_rest.oauth2 import OAuth2Login
from adapters.judiciary.plain_rest.plain_rest_wire import PlainRestWire
from adapters.judiciary.rest_wire import RestWire
from adapters.judiciary.session.login import LoginCall
from adapters.judiciary.session.shared_token import SharedToken, TokenSharing
from adapters.judiciary.session.token_session import Session, bearer
from adapters.judiciary.soap_wire import Actions, RequestForm, SoapWire
from adapters.judiciary.threaded_calls import ThreadedCalls
from adapters.judiciary.transmission import CourierSettings, Transmission
from adapters.judiciary.wire import NO_HEADERS, Contract, Wire
from adapters.schedule.instrument import Instrument, uninstrumented
from adapters.settings import JudiciaryProfile, profile_in
from adapters.settings.profile_sections.session import SessionKind
from adapters.settings.profile_sections.trust import Trust
from adapters.shipped.resources import NOTICE_SCHEMA, RECEIPT_SCHEMA, SCHEMAS
from gateway.judiciary.call_pool import CallPool
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import Courier
from gateway.judiciary.session_token import NewToken
from gateway.mapping.model.mapper import FROM_FILE
from gateway.notice.envelope import Sealer
from gateway.notice.notice import sha256
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.receipts.receipt_formats import FormatsInTurn, NamedJudge
from gateway.record.masking import Secrets
from gateway.record.version_subject import Subject
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.store.version import Activation
from gateway.store.version_state import MappingState
from gateway.versions.succession import begun
from gateway.versions.version_in_force import decided

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_TRIED: Final = "tried"
"""Placeholder version while validating."""

_log = structlog.get_logger(__name__)


class _Line(TypedDict):
    """Arguments that every wire takes."""

    endpoint: str
    channel: Channel
    signer: Signer
    lifetime: timedelta


def judiciary_courier(
    installation: Installation, judiciary: BoundProfile, instrument: Instrument = uninstrumented
) -> Courier:
    """Return a courier that speaks by ``judiciary``; its connections close with the installation."""
    if installation.ports is not None:
        return installation.ports.courier(judiciary)
    installation.assert_allowed()
    section, profile = installation.settings.judiciary, judiciary.profile
    wire, contract = _ends(installation, judiciary, instrument)
    judge, secrets = _answer_judge(installation, judiciary, wire), Secrets(judiciary.secrets())
    settings = CourierSettings(
        destination=section.destination,
        endpoint=section.endpoint,
        codes=profile.codes,
        profile=profile.spoken,
        ended=ended_codes(profile),
    )
    return MessageCourier(
        settings,
        wire,
        instrument(contract, "build"),
        instrument(judge, "verify"),
        clock=installation.clock,
        timekeeper=installation.timekeeper,
        session=_session_of(installation, judiciary, _Ends(settings=settings, wire=wire, judge=judge, secrets=secrets)),
        secrets=secrets,
        meter=installation.call_meter,
    )


def call_pool(installation: Installation, make_courier: Callable[[], Courier], first: Courier) -> CallPool:
    """Return a pool of calls that overlap, each with a courier of its own."""
    if installation.ports is not None:
        return installation.ports.calls(make_courier, first)
    return ThreadedCalls(make_courier, first, installation.timekeeper.steady)


def _answer_judge(installation: Installation, judiciary: BoundProfile, wire: Any) -> AnswerJudge[Any]:
    if judiciary.profile.file.trust.answers is Trust.CONNECTION:
        return ConnectionAnswers(wire=wire, timekeeper=installation.timekeeper)
    return SignedAnswers(
        wire=wire,
        issuers=judiciary.message_issuers,
        skew=installation.settings.judiciary.skew_seconds,
        clock=installation.clock,
        timekeeper=installation.timekeeper,
        revocations=judiciary_revocations(installation),
    )


def _ends(
    installation: Installation, judiciary: BoundProfile, instrument: Instrument
) -> tuple[Wire[Any], Contract[Any]]:
    """Return wire and contract of a courier; both have the same form of messages."""
    section, profile, partner = installation.settings.judiciary, judiciary.profile, installation.partner
    channel = _channel(
        installation, judiciary, section.endpoint, {**profile.file.security.headers, **judiciary.secret_headers()}
    )
    line = _Line(
        endpoint=section.endpoint,
        channel=instrument(channel, "send"),
        signer=installation.transport,
        lifetime=section.lifetime_seconds,
    )

    def soap_wire(actions: Callable[[str], Actions], soap: str) -> SoapWire:
        agreed = profile.answer_profile(section.signature)
        verifier = MessageVerifier(partner, profile=agreed, soap=soap)
        return SoapWire(verifier=verifier, actions=actions, soap=soap, credentials=judiciary.credentials(), **line)

    match binding := judiciary.binding:
        case MappedContract(form=XmlForm() as form):
            file = profile.file
            mapped = replace(
                soap_wire(form.actions, form.soap),
                attaches=binding.seal is SealPlace.ATTACHMENT,
                form=RequestForm(**file.requests.model_dump(exclude={"header"})),
                headers=form.headers,
                echo=_echo(form, profile),
            )
            return mapped, binding
        case MappedContract(form=JsonForm() as form):
            agreed = profile.file.security.jws.form
            judge = JwsVerifier(partner, profile=judiciary.signature.profile, form=agreed)
            return RestWire(verifier=judge, bound=form.at, form=agreed, **line), binding
        case MappedContract(form=HttpForm() as form):
            wire_of_rest = PlainRestWire(
                endpoint=section.endpoint, channel=line["channel"], form=form, echo=_echo(form, profile)
            )
            return wire_of_rest, binding
        case _:
            raise AssertionError("no wire carries this form")


def _echo(form: Form[Any], profile: JudiciaryProfile) -> ContentEcho[Any] | None:
    """Return the place in answers that repeats the id of their request, if the profile names one."""
    path = profile.file.trust.echo
    return None if path is None else ContentEcho(form, tuple(path.split(".")))


def receipt_judge(installation: Installation, judiciary: BoundProfile) -> ReceiptJudge:
    """Return the judge of receipts: by the format of ``judiciary``, or else by earlier versions not retired."""
    if installation.ports is not None:
        return installation.ports.receipt_judge(judiciary)
    made: dict[str, ReceiptJudge] = {}
    settings = installation.settings

    def earlier() -> Iterator[ReceiptJudge]:
        for decision in _earlier(installation, judiciary):
            if decision.digest not in made:
                try:
                    version = decided(installation.store().versions, decision)
                    before = bound_version(version, settings, installation.file, installation.known_tls)
                    made[decision.digest] = _format_judge(installation, before)
                except GatewayError as error:
                    # One version that is damaged, or whose needs no longer exist, does not stop older versions.
                    if error.scope not in (ErrorScope.PART, ErrorScope.CALL):
                        raise
                    _log.warning("earlier profile cannot be used", profile=decision.label, code=error.code)
                    continue
            yield made[decision.digest]

    return FormatsInTurn(_format_judge(installation, judiciary), earlier)


def _format_judge(installation: Installation, judiciary: BoundProfile) -> NamedJudge:
    """Return the judge of receipts of one profile's format."""
    section, binding = installation.settings.judiciary, judiciary.binding
    issuers = thumbprints(section.receipt_certificates, installation.folder)
    partner, revocations = installation.partner, judiciary_revocations(installation)
    if not binding.is_ours:
        skew = section.skew_seconds
        judge = mapped_receipt_judge(judiciary.profile, binding.receipt, partner, issuers, skew, revocations)
        return NamedJudge(judge, judiciary.profile.spoken)
    verifier = DocumentVerifier(partner, f"{{{RECEIPT}}}Receipt", _own_receipts())
    ours = SignedReceiptJudge(verifier, issuers, section.skew_seconds, revocations)
    return NamedJudge(ours, judiciary.profile.spoken)


@cache
def _own_receipts() -> etree.XMLSchema:
    """Return the schema of our own receipts; it is a part of the program and does not change."""
    return load_schema(RECEIPT_SCHEMA, SCHEMAS)


def _earlier(installation: Installation, judiciary: BoundProfile) -> Iterator[Activation]:
    """Return the decisions about earlier versions that are not retired, the latest first."""
    if judiciary.profile.version == FROM_FILE:
        return
    versions = installation.store().versions
    decisions = versions.activations(installation.settings.judiciary.destination, Subject.PROFILE)
    for decision in begun(decisions, installation.clock()):
        kept = versions.get(decision.mapping, decision.version)
        is_retired = kept is not None and kept.state is MappingState.RETIRED
        if not is_retired and decision.digest != judiciary.profile.digest:
            yield decision


def assert_speakable(installation: Installation, octets: bytes, label: str) -> str:
    """Bind a bundle's contract, every mapping of messages and the format of receipts; return a summary.

    Raises `GatewayError` ``courier.contract``, ``mapping.*`` and as `assert_readable` does.
    """
    settings, file = installation.settings, installation.file
    assert_own_contract(label, settings, file)
    with unpacked_aside(octets, label) as folder:
        judiciary = bound(profile_in(folder, label, _TRIED), settings, file)
        _format_judge(installation, judiciary)
        return f"{len(judiciary.binding.operations)} operations bound"


def notice_sealer(installation: Installation, judiciary: BoundProfile) -> Sealer:
    """Return the sealer of notices that fit the contract of ``judiciary``."""
    if installation.ports is not None:
        return installation.ports.sealer(judiciary)
    installation.assert_allowed()
    bodies, folder = installation.settings.bodies, installation.folder
    signers = {code: load_pair(body.seal, folder) for code, body in bodies.items()}
    chains = {
        code: signing_certificate(
            f"seal {code}",
            signers[code].certificate.der,
            load_certificates(folder.path(body.seal.certificate)),
        )
        for code, body in bodies.items()
    }
    sealer = NoticeSealer(signers, load_schema(NOTICE_SCHEMA, SCHEMAS), chains)
    binding = judiciary.binding
    # A sealed notice fits our own contracts whatever it says: they leave room for one element, or for its octets.
    contract = None if binding.is_ours else binding
    file = judiciary.profile.file
    return ContractSealer(sealer, contract, file.limits.attachment_bytes, file.most_documents)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """Parts of a courier that its login shares."""

    settings: CourierSettings
    wire: Wire[Any]
    judge: AnswerJudge[Any]
    secrets: Secrets


def ended_codes(profile: JudiciaryProfile) -> frozenset[str]:
    """Return the codes of an answer that ends a session; a refused bearer token is told by 401 (RFC 6750, 3)."""
    usual = {"http.401"} if profile.file.session.kind is SessionKind.OAUTH2 else set[str]()
    return profile.ended | usual


def _session_of(installation: Installation, judiciary: BoundProfile, ends: _Ends) -> Session | None:
    """Return the session of a courier; None if the service has none. Raises `GatewayError` ``config.unreadable``."""
    section, file = installation.settings.judiciary, judiciary.profile.file
    log_in: Callable[[], NewToken]
    match file.session.kind:
        case SessionKind.NONE:
            return None
        case SessionKind.OAUTH2:
            client, oauth2 = judiciary.oauth2_client(), section.oauth2
            assert client is not None
            assert oauth2 is not None
            channel = _channel(installation, judiciary, oauth2.token_url)
            log_in = OAuth2Login(channel, client, file.session.form, installation.clock).log_in
            sharing = _sharing(installation, judiciary, client, oauth2.token_url)
            return Session(tokens=SharedToken(sharing, log_in), headers=bearer)
        case SessionKind.LOGIN:
            user, contract = judiciary.login_user(), judiciary.binding
            assert user is not None
            call = LoginCall(
                wire=ends.wire,
                contract=contract,
                transmission=Transmission(
                    ends.settings,
                    ends.wire,
                    contract,
                    ends.judge,
                    clock=installation.clock,
                    timekeeper=installation.timekeeper,
                    secrets=ends.secrets,
                ),
                user=user,
                clock=installation.clock,
                lifetime=file.session.lifetime_seconds,
                in_header=file.session.header is not None or file.session.cookie is not None,
            )
            sharing = _sharing(installation, judiciary, user, section.endpoint)
            return Session(tokens=SharedToken(sharing, call.log_in), headers=file.session.headers)
        case _:
            assert_never(file.session.kind)


def _sharing(installation: Installation, judiciary: BoundProfile, user: Credentials, address: str) -> TokenSharing:
    section, profile = installation.settings.judiciary, judiciary.profile
    # Whatever changes the token's meaning: another user, another service, another version of the profile.
    about = {
        "destination": section.destination,
        "address": address,
        "user": user.username,
        "session": profile.file.session.model_dump(mode="json"),
        "profile": profile.digest,
    }
    return TokenSharing(
        subject=sha256(json.dumps(about, sort_keys=True).encode()),
        store=installation.store().session_tokens,
        cipher=TokenKeyFile(installation.folder.path(section.session_key), user.password),
        locks=installation.call_locks,
        clock=installation.clock,
        patience=2 * section.timeout_seconds.total_seconds(),
        tell=_tell,
    )


def _tell(error: GatewayError) -> None:
    _log.warning(str(error), code=error.code, where=error.where)


def _channel(
    installation: Installation, judiciary: BoundProfile, endpoint: str, headers: Mapping[str, str] = NO_HEADERS
) -> Channel:
    channel = Channel(
        endpoint,
        installation.settings.judiciary.timeout_seconds,
        loopback_only=installation.loopback_only,
        headers=headers,
        tls=judiciary.tls(),
        shown=judiciary.client_certificate(),
        proxy=judiciary.proxy(),
    )
    return installation.hold(channel)
