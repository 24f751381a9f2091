"""Parts of one judiciary profile: its contract, trusted certificates, courier and judge of receipts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypedDict, assert_never

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate

from adapters.composition.hooks import CloseLater, Instrument, uninstrumented
from adapters.crypto.keys.certificate import Certificate, load_certificates
from adapters.crypto.keys.keys import Signer, load_client_certificate
from adapters.crypto.keys.names import RECEIPT, SOAP
from adapters.crypto.keys.partner import Partner, load_partner
from adapters.crypto.message.jws import JwsVerifier
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.message.username_token import Credentials
from adapters.crypto.schema.json_schema import MessageSchema
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.strict_xml import load_schema
from adapters.http.authorization import basic_authorization
from adapters.http.client import Tls
from adapters.judiciary.answer_judge import AnswerJudge, ConnectionAnswers, SignedAnswers
from adapters.judiciary.binding import Binding
from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.json_form import JsonForm
from adapters.judiciary.mapped.mapped_contract import mapped_contract, mapped_receipt_judge
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.judiciary.mapped.xml_form import XmlForm
from adapters.judiciary.message_courier import CourierSettings, MessageCourier
from adapters.judiciary.operations import OPERATIONS
from adapters.judiciary.plain_rest.http_form import HttpForm
from adapters.judiciary.plain_rest.oauth2 import OAuth2Session
from adapters.judiciary.plain_rest.plain_contract import errors_of, plain_rest_contract
from adapters.judiciary.plain_rest.plain_rest_wire import HttpEcho, PlainRestWire, refusal_test
from adapters.judiciary.published.receipt_judge import SignedReceiptJudge
from adapters.judiciary.published.rest_binding import RestBinding
from adapters.judiciary.published.rest_contract import RestContract
from adapters.judiciary.published.soap_contract import NAMESPACE, SoapContract
from adapters.judiciary.rest_wire import RestWire
from adapters.judiciary.soap_wire import Actions, RequestForm, SoapWire, XmlEcho
from adapters.judiciary.wire import Contract, Wire
from adapters.revocation.onboarding import assert_points
from adapters.settings import JudiciaryProfile, KeyPair, ProtocolName, Settings
from adapters.settings.config_folder import ConfigFolder
from adapters.settings.profile_sections.session import SessionKind
from adapters.settings.profile_sections.trust import Trust
from adapters.settings.signature import AnswerSignature
from adapters.shipped.resources import RECEIPT_SCHEMA, SCHEMAS
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import Courier
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.timekeeping import Timekeeper
from gateway.trust.revocation_status import Requirement, Revocations

NO_HEADERS: Final[Mapping[str, str]] = {}


class _Line(TypedDict):
    """Arguments that every wire takes."""

    endpoint: str
    channel: Channel
    signer: Signer
    lifetime: timedelta


def judiciary_partner(settings: Settings, folder: ConfigFolder) -> Partner:
    """Load the judiciary's trusted certificates, which hold for every profile."""
    section, path = settings.judiciary, folder.path
    files = [*section.certificates, *section.receipt_certificates]
    _assert_not_ours(settings, folder)
    partner = load_partner(section.destination, [path(p) for p in files], [path(p) for p in section.anchors])
    if settings.revocation_requirement is Requirement.REQUIRE and settings.revocation.folder is None:
        assert_points(partner)
    return partner


def _assert_not_ours(settings: Settings, folder: ConfigFolder) -> None:
    """Raise `GatewayError` ``certificate.ours`` if a key of the municipality is pinned as the judiciary's.

    Receipts that we sign ourselves prove nothing, and every auditor refuses them.
    """
    section = settings.judiciary
    pairs = [settings.transport, *(body.seal for body in settings.bodies.values())]
    ours = {_key_of(folder, pair.certificate) for pair in pairs if folder.path(pair.certificate).exists()}
    for file in (*section.certificates, *section.receipt_certificates):
        if _key_of(folder, file) in ours:
            raise GatewayError("certificate.ours", where=str(folder.path(file)))


def _key_of(folder: ConfigFolder, file: str) -> bytes:
    key = load_der_x509_certificate(load_certificates(folder.path(file))[0].der).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True, kw_only=True)
class JudiciaryParts:
    """Factory of all that speaks by one profile of the judiciary's service.

    ``signer`` signs requests. ``assert_allowed`` raises the first violation of the environment's rules. Functions are
    called when their part is first needed.
    """

    profile: JudiciaryProfile
    settings: Settings
    folder: ConfigFolder
    partner_of: Callable[[], Partner]
    signer: Callable[[], Signer]
    revocations: Callable[[], Revocations]
    timekeeper: Callable[[], Timekeeper]
    hold: CloseLater
    assert_allowed: Callable[[], None]
    clock: Clock

    @property
    def partner(self) -> Partner:
        """Trusted certificates of the judiciary."""
        return self.partner_of()

    @property
    def signature(self) -> AnswerSignature:
        """Signature settings of the judiciary's answers."""
        return self.profile.signature(self.settings.judiciary.signature)

    @cached_property
    def binding(self) -> Binding | RestBinding | MappedContract[Any]:
        """The judiciary's contract. Raises `GatewayError` ``courier.contract``, ``mapping.*``."""
        profile, wsdl = self.profile, self.settings.judiciary.wsdl
        match profile.file.protocol:
            case ProtocolName.SOAP:
                return self._soap_binding(self.folder.path(wsdl) if wsdl else profile.service)
            case ProtocolName.REST:
                return RestBinding(profile.service, OPERATIONS)
            case ProtocolName.MAPPED:
                return mapped_contract(profile, self.settings.judiciary.values)
            case ProtocolName.REST_MAPPED:
                return mapped_rest_contract(profile, self.settings.judiciary.values)
            case ProtocolName.PLAIN_REST:
                return plain_rest_contract(profile, self.settings.judiciary.values)
            case _:
                assert_never(profile.file.protocol)

    @property
    def message_issuers(self) -> frozenset[str]:
        """Thumbprints of the certificates that sign its messages."""
        return self._thumbprints(self.settings.judiciary.certificates)

    def _soap_binding(self, wsdl: Path) -> Binding:
        return Binding(wsdl, NAMESPACE, OPERATIONS)

    def credentials(self) -> Credentials | None:
        """Return our user name and password; None if the profile wants none. Raises ``config.unreadable``."""
        section = self.settings.judiciary.username_token
        if section is None or not self.profile.file.security.username_token:
            return None
        return self.folder.credentials(section.username, section.password_file)

    def client_certificate(self) -> Certificate | None:
        """Load our TLS client certificate; None if the profile wants none. Raises `GatewayError` ``key.*``."""
        if (pair := self._client_pair) is None:
            return None
        path, password = self.folder.path, self.folder.secret(pair.password_file, "key.unreadable")
        return load_client_certificate(path(pair.key), path(pair.certificate), password)

    @property
    def _client_pair(self) -> KeyPair | None:
        return self.settings.judiciary.client_certificate if self.profile.file.security.mutual_tls else None

    def _secret_headers(self) -> dict[str, str]:
        """Return the HTTP headers that hold secrets; they go to the wire alone, and into no evidence.

        Raises `GatewayError` ``config.unreadable``.
        """
        section, security = self.settings.judiciary, self.profile.file.security
        headers = {name: self.folder.header(section.secret_headers[name]) for name in security.secret_headers}
        if security.http_basic and (basic := section.http_basic) is not None:
            user = self.folder.credentials(basic.username, basic.password_file)
            headers["Authorization"] = basic_authorization(user.username, user.password)
        return headers

    def tls(self) -> Tls:
        """Return the TLS settings: the server's anchors and our client certificate.

        Raises `GatewayError` ``key.unreadable``.
        """
        section, path = self.settings.judiciary, self.folder.path
        anchors = path(section.tls_anchors) if section.tls_anchors else None
        if anchors is not None:
            load_certificates(anchors)
        if (pair := self._client_pair) is None:
            return Tls(anchors=anchors)
        password = self.folder.secret(pair.password_file, "key.unreadable")
        return Tls(anchors=anchors, certificate=path(pair.certificate), key=path(pair.key), password=password)

    def courier(self, instrument: Instrument = uninstrumented) -> Courier:
        self.assert_allowed()
        section, profile = self.settings.judiciary, self.profile
        settings = CourierSettings(
            destination=section.destination,
            endpoint=section.endpoint,
            codes=profile.codes,
            profile=profile.spoken,
        )
        wire, contract = self._ends(instrument)
        return MessageCourier(
            settings,
            wire,
            instrument(contract, "build"),
            self._answer_judge(wire),
            clock=self.clock,
            timekeeper=self.timekeeper(),
        )

    def _channel(self, endpoint: str, headers: Mapping[str, str] = NO_HEADERS) -> Channel:
        channel = Channel(
            endpoint,
            self.settings.judiciary.timeout_seconds,
            loopback_only=self.settings.gateway.environment == "development",
            headers=headers,
            tls=self.tls(),
            shown=self.client_certificate(),
        )
        return self.hold(channel)

    def _answer_judge(self, wire: Any) -> AnswerJudge[Any]:
        if self.profile.file.trust.answers is Trust.CONNECTION:
            return ConnectionAnswers(wire=wire, timekeeper=self.timekeeper())
        return SignedAnswers(
            wire=wire,
            issuers=self.message_issuers,
            skew=self.settings.judiciary.skew_seconds,
            clock=self.clock,
            timekeeper=self.timekeeper(),
            revocations=self.revocations(),
        )

    def _ends(self, instrument: Instrument) -> tuple[Wire[Any], Contract[Any]]:
        """Return wire and contract of a courier; both have the same form of messages."""
        section, profile, answers = self.settings.judiciary, self.profile, self.signature.profile
        channel = self._channel(section.endpoint, {**profile.file.security.headers, **self._secret_headers()})
        line = _Line(
            endpoint=section.endpoint,
            channel=instrument(channel, "send"),
            signer=self.signer(),
            lifetime=section.lifetime_seconds,
        )
        match binding := self.binding:
            case Binding():
                ours = SoapContract(binding, load_schema(profile.messages), profile.codes)
                return self._soap_wire(line, ours.actions, SOAP), ours
            case RestBinding():
                wire = RestWire(verifier=JwsVerifier(self.partner, profile=answers), bound=binding.bound, **line)
                return wire, RestContract(MessageSchema(profile.messages), profile.codes)
            case MappedContract():
                return self._mapped_wire(binding, line), binding
            case _:
                assert_never(binding)

    def _mapped_wire(self, contract: MappedContract[Any], line: _Line) -> Wire[Any]:
        match form := contract.form:
            case XmlForm():
                file = self.profile.file
                return replace(
                    self._soap_wire(line, form.actions, form.soap),
                    attaches=contract.seal is SealPlace.ATTACHMENT,
                    form=RequestForm(**file.requests.model_dump()),
                    echo=XmlEcho(tuple(file.trust.echo.split("."))) if file.trust.echo else None,
                )
            case JsonForm():
                agreed = self.profile.file.security.jws.form
                judge = JwsVerifier(self.partner, profile=self.signature.profile, form=agreed)
                return RestWire(verifier=judge, bound=form.at, form=agreed, **line)
            case HttpForm():
                codes, echo = self.profile.codes, self.profile.file.trust.echo
                return PlainRestWire(
                    endpoint=line["endpoint"],
                    channel=line["channel"],
                    form=form,
                    session=self._session,
                    not_acted_on=refusal_test(form, errors_of(self.profile), codes.not_acted_on),
                    echo=HttpEcho(form, tuple(echo.split("."))) if echo else None,
                )
            case _:
                raise AssertionError("no wire carries this form")

    @cached_property
    def _session(self) -> OAuth2Session | None:
        """Session of the service, one for all couriers. Raises `GatewayError` ``config.unreadable``."""
        section, session = self.settings.judiciary.oauth2, self.profile.file.session
        if section is None or session.kind is not SessionKind.OAUTH2:
            return None
        client = self.folder.credentials(section.client_id, section.secret_file)
        return OAuth2Session(self._channel(section.token_url), client, session.form, self.timekeeper().steady)

    def _soap_wire(self, line: _Line, actions: Callable[[str], Actions], soap: str) -> SoapWire:
        agreed = self.profile.answer_profile(self.settings.judiciary.signature)
        verifier = MessageVerifier(self.partner, profile=agreed, soap=soap)
        return SoapWire(verifier=verifier, actions=actions, soap=soap, credentials=self.credentials(), **line)

    def receipt_judge(self) -> ReceiptJudge:
        section, binding = self.settings.judiciary, self.binding
        issuers = self._thumbprints(section.receipt_certificates)
        if isinstance(binding, MappedContract):
            judge = mapped_receipt_judge(self.profile, binding.receipt, self.partner, issuers, section.skew_seconds)
            return replace(judge, revocations=self.revocations())
        verifier = DocumentVerifier(self.partner, f"{{{RECEIPT}}}Receipt", load_schema(RECEIPT_SCHEMA, SCHEMAS))
        return SignedReceiptJudge(verifier, issuers, section.skew_seconds, self.revocations())

    def _thumbprints(self, files: Sequence[str]) -> frozenset[str]:
        """Return the thumbprint of each file's first certificate: the one that signs, not its issuers."""
        return frozenset(load_certificates(self.folder.path(file))[0].thumbprint for file in files)
