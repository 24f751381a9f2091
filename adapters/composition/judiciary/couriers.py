"""Couriers that speak with the judiciary by one profile."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict, assert_never

import structlog

from adapters.composition.judiciary.bound_profile import (
    BoundProfile,
)
from adapters.composition.revocation_checks import judiciary_revocations
from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.token_key_file import TokenKeyFile
from adapters.crypto.message.credentials import Credentials
from adapters.crypto.message.jws import JwsVerifier
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.judiciary.answer_judge import AnswerJudge, ConnectionAnswers, SignedAnswers
from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.content_echo import ContentEcho
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.form import Form
from adapters.judiciary.mapped.json_form import JsonForm
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
from adapters.settings import JudiciaryProfile
from adapters.settings.profile_sections.session import SessionKind
from adapters.settings.profile_sections.trust import Trust
from gateway.judiciary.call_pool import CallPool
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import Courier
from gateway.judiciary.session_token import NewToken
from gateway.notice.notice import sha256
from gateway.record.masking import Secrets
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

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
