"""The courier, the judge of receipts and the sealer of notices: what speaks with the judiciary by one profile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, TypedDict, assert_never

import structlog

from adapters.composition.bound_profile import (
    BoundProfile,
    assert_own_contract,
    bound,
    bound_version,
    unpacked_aside,
)
from adapters.composition.installation import Installation
from adapters.composition.key_files import load_pair, thumbprints
from adapters.composition.revocation_checks import judiciary_revocations
from adapters.crypto.keys.certificate import load_certificates, signing_certificate
from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.names import RECEIPT, SOAP
from adapters.crypto.message.jws import JwsVerifier
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.schema.message_schema import MessageSchema
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.sealing import NoticeSealer
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.answer_judge import AnswerJudge, ConnectionAnswers, SignedAnswers
from adapters.judiciary.binding import Binding
from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.content_echo import ContentEcho
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.contract_sealer import ContractSealer
from adapters.judiciary.mapped.form import Form
from adapters.judiciary.mapped.json_form import JsonForm
from adapters.judiciary.mapped.receipts.receipt_binding import mapped_receipt_judge
from adapters.judiciary.mapped.xml_form import XmlForm
from adapters.judiciary.message_courier import CourierSettings, MessageCourier
from adapters.judiciary.plain_rest.http_form import HttpForm
from adapters.judiciary.plain_rest.oauth2 import OAuth2Session
from adapters.judiciary.plain_rest.plain_contract import errors_of
from adapters.judiciary.plain_rest.plain_rest_wire import PlainRestWire, refusal_test
from adapters.judiciary.published.receipt_judge import SignedReceiptJudge
from adapters.judiciary.published.rest_binding import RestBinding
from adapters.judiciary.published.rest_contract import RestContract
from adapters.judiciary.published.soap_contract import SoapContract
from adapters.judiciary.rest_wire import RestWire
from adapters.judiciary.soap_wire import Actions, RequestForm, SoapWire
from adapters.judiciary.wire import Contract, Wire
from adapters.schedule.instrument import Instrument, uninstrumented
from adapters.settings import JudiciaryProfile, profile_in
from adapters.settings.profile_sections.trust import Trust
from adapters.shipped.resources import NOTICE_SCHEMA, RECEIPT_SCHEMA, SCHEMAS
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import Courier
from gateway.mapping.model.mapper import FROM_FILE
from gateway.notice.envelope import Sealer
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.receipts.receipt_formats import FormatsInTurn, NamedJudge
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.store.version import MappingVersion
from gateway.store.version_state import MappingState
from gateway.store.version_subject import Subject
from gateway.versions.succession import begun
from gateway.versions.version_in_force import decided

_TRIED: Final = "tried"
"""Placeholder version while validating."""

_log = structlog.get_logger(__name__)


NO_HEADERS: Final[Mapping[str, str]] = {}


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
    installation.assert_allowed()
    section, profile = installation.settings.judiciary, judiciary.profile
    settings = CourierSettings(
        destination=section.destination,
        endpoint=section.endpoint,
        codes=profile.codes,
        profile=profile.spoken,
    )
    wire, contract = _ends(installation, judiciary, instrument)
    return MessageCourier(
        settings,
        wire,
        instrument(contract, "build"),
        _answer_judge(installation, judiciary, wire),
        clock=installation.clock,
        timekeeper=installation.timekeeper,
    )


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
        case Binding():
            ours = SoapContract(binding, load_schema(profile.messages), profile.codes)
            return soap_wire(ours.actions, SOAP), ours
        case RestBinding():
            verifier = JwsVerifier(partner, profile=judiciary.signature.profile)
            wire = RestWire(verifier=verifier, bound=binding.bound, **line)
            return wire, RestContract(MessageSchema(profile.messages), profile.codes)
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
            return _plain_rest_wire(installation, judiciary, form, line["channel"]), binding
        case MappedContract():
            raise AssertionError("no wire carries this form")
        case _:
            assert_never(binding)


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


def _echo(form: Form[Any], profile: JudiciaryProfile) -> ContentEcho[Any] | None:
    """Return the place in answers that repeats the id of their request, if the profile names one."""
    path = profile.file.trust.echo
    return None if path is None else ContentEcho(form, tuple(path.split(".")))


def _plain_rest_wire(
    installation: Installation, judiciary: BoundProfile, form: HttpForm, channel: Channel
) -> PlainRestWire:
    section, profile = installation.settings.judiciary, judiciary.profile
    client, session = judiciary.oauth2_client(), None
    if client is not None and section.oauth2 is not None:
        asked = _channel(installation, judiciary, section.oauth2.token_url)
        session = OAuth2Session(asked, client, profile.file.session.form, installation.timekeeper.steady)
    return PlainRestWire(
        endpoint=section.endpoint,
        channel=channel,
        form=form,
        session=session,
        not_acted_on=refusal_test(form, errors_of(profile), profile.codes.not_acted_on),
        echo=_echo(form, profile),
    )


def receipt_judge(installation: Installation, judiciary: BoundProfile) -> ReceiptJudge:
    """Return the judge of receipts: by the format of ``judiciary``, or else by earlier versions not retired."""
    made: dict[str, ReceiptJudge] = {}

    def earlier() -> Iterator[ReceiptJudge]:
        for version in _earlier(installation, judiciary):
            if version.digest not in made:
                try:
                    made[version.digest] = _format_judge(
                        installation, bound_version(version, installation.settings, installation.file)
                    )
                except GatewayError as error:
                    # Needs of one version that no longer exist do not stop older versions.
                    if error.scope not in (ErrorScope.PART, ErrorScope.CALL):
                        raise
                    _log.warning("earlier profile cannot be used", profile=version.label, code=error.code)
                    continue
            yield made[version.digest]

    return FormatsInTurn(_format_judge(installation, judiciary), earlier)


def _format_judge(installation: Installation, judiciary: BoundProfile) -> NamedJudge:
    """Return the judge of receipts of one profile's format."""
    section, binding = installation.settings.judiciary, judiciary.binding
    issuers = thumbprints(section.receipt_certificates, installation.folder)
    partner, revocations = installation.partner, judiciary_revocations(installation)
    if isinstance(binding, MappedContract):
        skew = section.skew_seconds
        judge = mapped_receipt_judge(judiciary.profile, binding.receipt, partner, issuers, skew, revocations)
        return NamedJudge(judge, judiciary.profile.spoken)
    verifier = DocumentVerifier(partner, f"{{{RECEIPT}}}Receipt", load_schema(RECEIPT_SCHEMA, SCHEMAS))
    ours = SignedReceiptJudge(verifier, issuers, section.skew_seconds, revocations)
    return NamedJudge(ours, judiciary.profile.spoken)


def _earlier(installation: Installation, judiciary: BoundProfile) -> Iterator[MappingVersion]:
    if judiciary.profile.version == FROM_FILE:
        return
    versions = installation.store().versions
    decisions = versions.activations(installation.settings.judiciary.destination, Subject.PROFILE)
    for decision in begun(decisions, installation.clock()):
        version = decided(versions, decision)
        if version.state is not MappingState.RETIRED and version.digest != judiciary.profile.digest:
            yield version


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
    contract = binding if isinstance(binding, MappedContract) else None
    file = judiciary.profile.file
    return ContractSealer(sealer, contract, file.limits.attachment_bytes, file.most_documents)
