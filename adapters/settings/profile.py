"""A judiciary profile: a folder with the contract, and `profile.toml` with the protocol's settings.

A shipped profile is named (`eblagh-1`); an administrator's own is the path of its folder. Settings that the gateway
does not support yet are refused, never ignored: `docs/connect/judiciary-profiles.md` lists them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator

from adapters.crypto.xml.partner_profile import PartnerProfile
from adapters.settings.configuration_file import load, place_of
from adapters.settings.profile_folder import BundledFile, FileName, read_folder
from adapters.settings.profile_sections.codes import CodesSection
from adapters.settings.profile_sections.jws import JwsSection
from adapters.settings.profile_sections.operations import OperationsSection
from adapters.settings.profile_sections.paging import PagingSection
from adapters.settings.profile_sections.receipt import ReceiptForm, ReceiptSection
from adapters.settings.profile_sections.session import SessionKind, SessionSection
from adapters.settings.profile_sections.trust import Relation, RequestsSection, Trust, TrustSection
from adapters.settings.signature import AnswerSignature
from adapters.settings.values import Section
from adapters.shipped.resources import PROFILES
from gateway.judiciary.capabilities import Capabilities, InquiryWay, ReceiptWay, SealPlace, losses
from gateway.judiciary.courier import INQUIRY_BATCH
from gateway.judiciary.outcome_codes import CodeTable
from gateway.judiciary.paging import PagingWay
from gateway.mapping.model.mapper import FROM_FILE
from gateway.notice.notice import MAX_DOCUMENT_BYTES, sha256
from gateway.notice.profile_version import SpokenProfile
from gateway.runtime.errors import GatewayError
from gateway.versions.bundle import bundled

FILE: Final = "profile.toml"
_MAX_BATCH_BYTES: Final = 8_000_000


class ProtocolName(StrEnum):
    """Protocol of a profile; it decides which courier is used."""

    SOAP = "soap-wss"
    REST = "rest-jws"
    MAPPED = "soap-mapped"
    """Foreign contract over SOAP and WS-Security, bound by mapping files."""
    REST_MAPPED = "rest-mapped"
    """Foreign contract in JSON signed as JWS, bound by mapping files."""

    PLAIN_REST = "rest-json"
    """Foreign contract in unsigned JSON over pinned TLS, bound by mapping files."""

    @property
    def is_mapped(self) -> bool:
        """True if mapping files bind the contract, and no code."""
        return self in (ProtocolName.MAPPED, ProtocolName.REST_MAPPED, ProtocolName.PLAIN_REST)

    @property
    def is_rest(self) -> bool:
        return self in (ProtocolName.REST, ProtocolName.REST_MAPPED, ProtocolName.PLAIN_REST)


def _header(name: str) -> str:
    if not name.replace("-", "").isalnum() or not name.isascii() or name.lower() in _OURS:
        raise ValueError("an HTTP header that the gateway does not set itself is wanted")
    return name


def _header_value(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ValueError("printable ASCII is wanted")
    return value


_OURS: Final = frozenset(
    {
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "cookie",
        "host",
        "soapaction",
    }
)


class ContractSection(Section):
    """Contract files: ``service`` is the WSDL or OpenAPI document, ``messages`` the XSD or JSON Schema."""

    service: BundledFile
    messages: BundledFile


_RECEIPT_OPERATIONS: Final = {ReceiptWay.CURSOR: "receipts", ReceiptWay.POLL: "poll", ReceiptWay.CALLBACK: "push"}
"""Operation of each way of receipts."""

_RECEIPT_WAYS: Final = {
    ProtocolName.MAPPED: frozenset(ReceiptWay),
    ProtocolName.REST_MAPPED: frozenset({ReceiptWay.CURSOR, ReceiptWay.POLL}),
    ProtocolName.PLAIN_REST: frozenset({ReceiptWay.CURSOR, ReceiptWay.POLL}),
}
"""Supported ways of receipts by protocol; any other protocol has the cursor alone."""


class SecuritySection(Section):
    """Security settings of a profile.

    ``answers`` are the signature settings of its messages. ``jws`` are its names in a JWS under
    `ProtocolName.REST_MAPPED`. ``headers`` go with every request, and are no secrets. ``username_token`` and
    ``mutual_tls`` require a user name beside our signature and a TLS certificate of ours, ``http_basic`` a user name
    and a password in HTTP, ``secret_headers`` further headers such as an API key; the configuration names these.
    """

    answers: AnswerSignature = AnswerSignature()
    jws: JwsSection = JwsSection()
    username_token: bool = False
    mutual_tls: bool = False
    http_basic: bool = False
    secret_headers: list[Annotated[str, AfterValidator(_header)]] = Field(default_factory=list, max_length=10)
    headers: dict[Annotated[str, AfterValidator(_header)], Annotated[str, AfterValidator(_header_value)]] = Field(
        default_factory=dict
    )


class ProfileLimits(Section):
    """Limits of the service; the configuration may lower them, never raise them.

    ``inquiry_notices`` is the number of notices in one inquiry.
    """

    batch_notices: int = Field(default=500, ge=1, le=500)
    batch_bytes: int = Field(default=_MAX_BATCH_BYTES, ge=1, le=_MAX_BATCH_BYTES)
    attachment_bytes: int = Field(default=MAX_DOCUMENT_BYTES, ge=1, le=MAX_DOCUMENT_BYTES)
    poll_notices: int = Field(default=1, ge=1, le=500)
    notices_per_minute: int | None = Field(default=None, ge=1, le=1_000_000)
    inquiry_notices: int = Field(default=INQUIRY_BATCH, ge=1, le=500)


class CapabilitiesSection(Section):
    """Capabilities of the service (`gateway.judiciary.capabilities`)."""

    inquiry: Annotated[InquiryWay, Field(strict=False)]
    batches: bool
    receipts: Annotated[ReceiptWay, Field(strict=False)]
    seal: Annotated[SealPlace, Field(strict=False)]
    replay_check_first: bool = False

    @property
    def value(self) -> Capabilities:
        return Capabilities(
            inquiry=self.inquiry,
            batches=self.batches,
            receipts=self.receipts,
            seal=self.seal,
            replay_check_first=self.replay_check_first,
        )


class ProfileFile(Section):
    format: Literal[1]
    title: str = Field(min_length=1)
    title_fa: str = Field(min_length=1)
    protocol: Annotated[ProtocolName, Field(strict=False)]
    contract: ContractSection
    codes: CodesSection
    security: SecuritySection = SecuritySection()
    trust: TrustSection = TrustSection()
    requests: RequestsSection = RequestsSection()
    session: SessionSection = SessionSection()
    limits: ProfileLimits = ProfileLimits()
    capabilities: CapabilitiesSection
    operations: OperationsSection | None = None
    receipt: ReceiptSection | None = None
    paging: PagingSection = PagingSection()

    @model_validator(mode="after")
    def _bound_by_files_or_by_code(self) -> ProfileFile:
        bound = [self.operations is not None, self.receipt is not None]
        if self.protocol is not ProtocolName.PLAIN_REST:
            bound.append(self.codes.fault is not None)
        if not self.protocol.is_mapped:
            if any(bound):
                raise ValueError("[operations], [receipt] and codes.fault belong to contracts bound by mapping files")
            if not self.codes.statuses:
                raise ValueError("[codes.statuses] is wanted: without it every status leaves doubt")
            return self
        if not all(bound):
            needed = "" if self.protocol is ProtocolName.PLAIN_REST else ", and codes.fault"
            raise ValueError(f"{self.protocol} needs [operations.…], [receipt]{needed}")
        if self.codes.container and not self.codes.container.good and self.protocol is not ProtocolName.PLAIN_REST:
            raise ValueError("good is wanted in [codes.container]: codes after which the rest of an answer is read")
        asks = self.capabilities.inquiry is not InquiryWay.NONE
        if self.operations is not None and asks is (self.operations.inquire is None):
            raise ValueError("[operations.inquire] is wanted where capabilities.inquiry is not none, and nowhere else")
        if self.codes.statuses:
            raise ValueError("statuses stand in the tables of the mappings, not in [codes.statuses]")
        return self

    @model_validator(mode="after")
    def _receipts_come_in_one_way(self) -> ProfileFile:
        if self.operations is None:
            return self
        known = {*_RECEIPT_OPERATIONS.values(), "confirm"}
        bound = {key for key in known if getattr(self.operations, key) is not None}
        way = self.capabilities.receipts
        key = _RECEIPT_OPERATIONS[way]
        if key not in bound:
            raise ValueError(f'receipts = "{way.value}" needs [operations.{key}]')
        if foreign := sorted(bound - {key, "confirm"}):
            raise ValueError(f'receipts = "{way.value}" does not go with [operations.{foreign[0]}]')
        if way is ReceiptWay.CALLBACK and self.operations.confirm is not None:
            raise ValueError('receipts = "callback" does not go with [operations.confirm]: the answer is what confirms')
        return self

    @model_validator(mode="after")
    def _pages_are_of_a_service_that_keeps_its_receipts(self) -> ProfileFile:
        if self.paging.by is PagingWay.CURSOR:
            return self
        said = f'paging.by = "{self.paging.by.value}"'
        if not self.protocol.is_mapped or self.capabilities.receipts is not ReceiptWay.CURSOR:
            raise ValueError(f'{said} needs a contract that mapping files bind, and capabilities.receipts = "cursor"')
        if self.operations is not None and self.operations.confirm is not None:
            raise ValueError(f"{said} does not go with [operations.confirm]: what is taken away shifts the pages")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class JudiciaryProfile:
    """Profile that the gateway supports.

    ``version`` is the number of an activated version, or `FROM_FILE`. ``digest`` is that of its bundle.
    """

    name: str
    folder: Path
    file: ProfileFile
    digest: str
    version: str = FROM_FILE

    @property
    def spoken(self) -> SpokenProfile:
        """Name, version and digest of the profile, as evidence records them."""
        return SpokenProfile(name=self.name, version=self.version, digest=self.digest)

    @property
    def capabilities(self) -> Capabilities:
        return self.file.capabilities.value

    @property
    def losses(self) -> list[str]:
        """Codes of the guarantees that this service, or missing knowledge of it, gives up."""
        lost = losses(self.capabilities) + ([] if self.codes.credentials else ["lost.credentials"])
        if self.file.trust.answers is Trust.CONNECTION:
            lost.append("lost.signature")
        if self.file.trust.relation is not Relation.ADDRESSING:
            lost.append("lost.time")
        if self.file.paging.by is PagingWay.DAY:
            lost.append("lost.receipts-days")
        return lost

    @property
    def codes(self) -> CodeTable:
        return self.file.codes.table(self.capabilities, usual=not self.file.protocol.is_mapped)

    @property
    def signers(self) -> list[str]:
        """Keys of the configuration with the certificates of whoever signs answers and receipts."""
        signed, receipt = self.file.trust.answers is Trust.SIGNED, self.file.receipt
        by_themselves = receipt is None or not receipt.form.rests_on_answer
        return ["certificates"] * signed + ["receipt_certificates"] * by_themselves

    @property
    def service(self) -> Path:
        return self.folder / self.file.contract.service

    @property
    def messages(self) -> Path:
        return self.folder / self.file.contract.messages

    @property
    def batch_notices(self) -> int:
        return self.file.limits.batch_notices if self.capabilities.batches else 1

    @property
    def can_be_tried(self) -> bool:
        """True if the service answers a call that concerns no notice, so that the path is proven before the first one.

        A contract that files bind has no question about persons: an inquiry or a page of receipts stands in for it.
        """
        able = self.capabilities
        asks = able.inquiry is not InquiryWay.NONE or able.receipts is ReceiptWay.CURSOR
        return asks or not self.file.protocol.is_mapped

    def signature(self, configured: AnswerSignature) -> AnswerSignature:
        """Return the signature settings of answers: the configuration overrides the profile, key by key."""
        said = {key: getattr(configured, key) for key in configured.model_fields_set}
        return self.file.security.answers.model_copy(update=said)

    def answer_profile(self, configured: AnswerSignature) -> PartnerProfile:
        """Return the permitted form of signed answers, by profile and configuration."""
        agreed, trust = self.signature(configured).profile, self.file.trust
        if trust.relation is Relation.ECHO:
            agreed = replace(agreed, body_alone=True, signed_parts=frozenset({"Body"}))
        return replace(agreed, key_names=frozenset(trust.key_names))


def shipped() -> list[str]:
    """Return the names of the profiles that come with the program."""
    return sorted(path.parent.name for path in PROFILES.glob(f"*/{FILE}"))


def load_profile(name: str, base: Path) -> JudiciaryProfile:
    """Load the shipped profile of that name, or the one in a folder (a path with a separator, relative to ``base``).

    Raises `GatewayError` ``profile.unknown`` and as `profile_in` does.
    """
    own = "/" in name or "\\" in name or name.startswith(".")
    folder = (base / name) if own else PROFILES / name
    if "\0" in name or not (folder / FILE).is_file():
        raise GatewayError("profile.unknown", where=name, detail=f"shipped: {', '.join(shipped())}")
    return profile_in(folder, folder.resolve().name if own else name)


def profile_in(folder: Path, name: str, version: str = FROM_FILE) -> JudiciaryProfile:
    """Load the profile in a folder.

    Raises `GatewayError` ``config.*`` naming file, line and key; ``profile.unsupported`` for a setting that the gateway
    does not support; ``profile.bundle`` for a folder that holds no profile.
    """
    path = folder / FILE
    file = load(path, ProfileFile)
    for keys, value in _unserved(file):
        raise GatewayError("profile.unsupported", where=place_of(path, *keys), detail=f"{'.'.join(keys)} = {value}")
    files = read_folder(folder)
    for keys, named in _named_files(file):
        # A case-insensitive file system opens a file that the bundle has under another name.
        if named not in files and (folder / named).exists():
            detail = f"{'.'.join(keys)} = {named}: no file of the bundle"
            raise GatewayError("profile.bundle", where=place_of(path, *keys), detail=detail)
    return JudiciaryProfile(name=name, folder=folder, file=file, digest=sha256(bundled(files)), version=version)


def _named_files(section: BaseModel, *above: str) -> Iterator[tuple[list[str], str]]:
    """Yield every key of a section that names a file of the folder, with the name."""
    for name, field in type(section).model_fields.items():
        keys, value = [*above, field.alias or name], getattr(section, name)
        if isinstance(value, FileName):
            yield keys, value
        elif isinstance(value, BaseModel):
            yield from _named_files(value, *keys)


_SEAL_PLACES: Final = {
    ProtocolName.MAPPED: frozenset(SealPlace),
    ProtocolName.REST_MAPPED: frozenset({SealPlace.INSIDE, SealPlace.NONE}),
    ProtocolName.PLAIN_REST: frozenset({SealPlace.INSIDE, SealPlace.NONE}),
}
"""Supported places of the seal by protocol; any other protocol carries it inside."""


def _of_rest(file: ProfileFile) -> Iterator[tuple[list[str], Any]]:
    """Yield the keys that name parts of a JWS, which this protocol has not."""
    if file.security.jws != JwsSection():
        yield ["security", "jws"], file.protocol.value
    for key, section in file.operations or ():
        for name in ("request_schema", "answer_schema"):
            if section is not None and getattr(section, name) is not None:
                yield ["operations", key, name], file.protocol.value


def _of_plain_rest(file: ProfileFile) -> Iterator[tuple[list[str], Any]]:
    """Yield the keys that plain REST alone has, or has not."""
    if file.protocol is not ProtocolName.PLAIN_REST:
        if file.codes.http:
            yield ["codes", "http"], file.protocol.value
        if file.session != SessionSection():
            yield ["session", "kind"], file.session.kind.value
        return
    if file.trust.answers is not Trust.CONNECTION:
        yield ["trust", "answers"], file.trust.answers.value
    if file.codes.fault is not None:
        yield ["codes", "fault"], file.codes.fault
    if file.session.kind is SessionKind.OAUTH2 and file.security.http_basic:
        yield ["security", "http_basic"], "true"
    for key, section in file.operations or ():
        if section is not None and section.answer_action is not None:
            yield ["operations", key, "answer_action"], section.answer_action


def _is_whole_answer(file: ProfileFile) -> bool:
    """Return True if a poll's answer is nothing but its receipts, which no mapping has to name."""
    return file.receipt is not None and file.receipt.form is ReceiptForm.ELEMENT


def _unserved_form(file: ProfileFile) -> Iterator[tuple[list[str], Any]]:
    """Yield a form of receipts that this way of receipts, or this protocol, cannot carry."""
    form = ReceiptForm.DOCUMENT if file.receipt is None else file.receipt.form
    pushed = file.capabilities.receipts is ReceiptWay.CALLBACK
    if (pushed and form.rests_on_answer) or (file.protocol.is_rest and form is ReceiptForm.ELEMENT):
        yield ["receipt", "form"], form.value


def _unserved(file: ProfileFile) -> Iterator[tuple[list[str], Any]]:
    yield from _of_plain_rest(file)
    if file.protocol is not ProtocolName.MAPPED:
        if file.trust != TrustSection() and file.protocol is not ProtocolName.PLAIN_REST:
            yield ["trust", "answers"], file.trust.answers.value
        if file.requests != RequestsSection():
            yield ["requests", "signed"], file.protocol.value
    if file.codes.container is not None and not file.protocol.is_mapped:
        yield ["codes", "container"], file.protocol.value
    if not file.requests.signed and file.security.username_token:
        yield ["security", "username_token"], "true"
    if not file.requests.signed and file.capabilities.seal is SealPlace.ATTACHMENT:
        yield ["capabilities", "seal"], file.capabilities.seal.value
    if file.capabilities.receipts not in _RECEIPT_WAYS.get(file.protocol, frozenset({ReceiptWay.CURSOR})):
        yield ["capabilities", "receipts"], file.capabilities.receipts.value
    if file.protocol.is_rest and file.security.username_token:
        yield ["security", "username_token"], "true"
    places = _SEAL_PLACES.get(file.protocol, frozenset({SealPlace.INSIDE}))
    if file.capabilities.seal not in places:
        yield ["capabilities", "seal"], file.capabilities.seal.value
    yield from _unserved_form(file)
    if file.operations is not None:
        for key in ("submit", "inquire", *_RECEIPT_OPERATIONS.values()):
            bound = getattr(file.operations, key)
            if bound is not None and bound.answer is None and not (key == "poll" and _is_whole_answer(file)):
                yield ["operations", key], "without a mapping of its answer"
    if file.protocol is not ProtocolName.REST_MAPPED:
        yield from _of_rest(file)
    if file.protocol.is_rest:
        for line in file.security.answers.switched:
            key, _, value = line.partition(" = ")
            if key != "algorithms":
                yield ["security", "answers", key], value
