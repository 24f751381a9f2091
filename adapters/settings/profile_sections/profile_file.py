"""The file `profile.toml` as a whole: its sections, and what of them fits together."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from adapters.settings.profile_folder import BundledFile
from adapters.settings.profile_sections.codes import CodesSection
from adapters.settings.profile_sections.jws import JwsSection
from adapters.settings.profile_sections.operations import OperationsSection
from adapters.settings.profile_sections.paging import PagingSection
from adapters.settings.profile_sections.receipt import ReceiptSection
from adapters.settings.profile_sections.session import OWN_HEADERS, SessionKind, SessionSection
from adapters.settings.profile_sections.ticket import TicketSection
from adapters.settings.profile_sections.trust import Relation, RequestsSection, Trust, TrustSection
from adapters.settings.signature import AnswerSignature
from adapters.settings.values import Section
from gateway.judiciary.capabilities import Capabilities, InquiryWay, ReceiptWay, SealPlace
from gateway.judiciary.courier import INQUIRY_BATCH
from gateway.judiciary.paging import PagingWay
from gateway.notice.notice import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS
from gateway.runtime.toml_file import BLANK

_MAX_BATCH_BYTES: Final = 8_000_000


class ProtocolName(StrEnum):
    """Protocol of a profile; it decides which courier is used."""

    SOAP = "soap-wss"
    """Contract that we publish over SOAP: `schemas/judiciary/eblagh-1`."""
    REST = "rest-jws"
    """Contract that we publish in JSON signed as JWS: `schemas/judiciary/eblagh-rest-1`."""
    MAPPED = "soap-mapped"
    """Foreign contract over SOAP and WS-Security, bound by mapping files."""
    REST_MAPPED = "rest-mapped"
    """Foreign contract in JSON signed as JWS, bound by mapping files."""

    PLAIN_REST = "rest-json"
    """Foreign contract in unsigned JSON over pinned TLS, bound by mapping files."""

    @property
    def is_mapped(self) -> bool:
        """True if the contract is another's: names, receipts and faults in forms of its own."""
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


_OURS: Final = OWN_HEADERS | {"authorization"}


class ContractSection(Section):
    """Contract files: ``service`` is the WSDL or OpenAPI document, ``messages`` the XSD or JSON Schema."""

    service: BundledFile
    messages: BundledFile


RECEIPT_OPERATIONS: Final = {ReceiptWay.CURSOR: "receipts", ReceiptWay.POLL: "poll", ReceiptWay.CALLBACK: "push"}
"""Operation of each way of receipts."""

OUR_OPERATIONS: Final = frozenset({"submit", "inquire", "receipts", "confirm", "account"})
"""Operations of the contracts that we publish."""


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

    ``inquiry_notices`` is the number of notices in one inquiry. ``attachment_bytes`` are those of a notice's documents
    together, ``documents`` their number (`ProfileFile.most_documents`).
    """

    batch_notices: int = Field(default=500, ge=1, le=500)
    batch_bytes: int = Field(default=_MAX_BATCH_BYTES, ge=1, le=_MAX_BATCH_BYTES)
    attachment_bytes: int = Field(default=MAX_DOCUMENT_BYTES, ge=1, le=MAX_DOCUMENT_BYTES)
    documents: int | None = Field(default=None, ge=1, le=MAX_DOCUMENTS)
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


def _format(value: object) -> object:
    """Refuse ``true``, which Python counts as 1."""
    return None if isinstance(value, bool) else value


class ProfileFile(Section):
    format: Annotated[Literal[1], BeforeValidator(_format)]
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
    ticket: TicketSection | None = None

    @property
    def most_documents(self) -> int:
        """Number of documents that a notice may have: a seal that travels carries them all, a message its own."""
        usual = 1 if self.capabilities.seal is SealPlace.NONE else MAX_DOCUMENTS
        return self.limits.documents or usual

    @model_validator(mode="after")
    def _has_what_its_protocol_needs(self) -> ProfileFile:
        bound = [self.operations is not None, self.receipt is not None]
        if self.protocol is not ProtocolName.PLAIN_REST:
            bound.append(self.codes.fault is not None)
        if not self.protocol.is_mapped:
            if self.receipt is not None:
                raise ValueError(
                    "forms of receipts ([receipt]) belong to contracts bound by mapping files alone: soap-mapped,"
                    " rest-mapped, rest-json"
                )
            if any(bound) and (self.operations is None or self.codes.fault is None):
                raise ValueError("[operations.…] and codes.fault go together")
            if not self.codes.statuses:
                raise ValueError("[codes.statuses] is wanted: without it every status leaves doubt")
            return self
        if not all(bound):
            needed = "" if self.protocol is ProtocolName.PLAIN_REST else ", and codes.fault"
            raise ValueError(f"{self.protocol} needs [operations.…], [receipt]{needed}")
        container = self.codes.container
        if (
            container
            and self.protocol is not ProtocolName.PLAIN_REST
            and not (container.good or container.only_if_failed)
        ):
            raise ValueError(
                "good is wanted in [codes.container]: codes after which the rest of an answer is read;"
                " or only_if_failed = true, where an answer that succeeded has no code"
            )
        asks = self.capabilities.inquiry is not InquiryWay.NONE
        if self.operations is not None and asks is (self.operations.inquire is None):
            raise ValueError("[operations.inquire] is wanted where capabilities.inquiry is not none, and nowhere else")
        if self.codes.statuses:
            raise ValueError("statuses stand in the tables of the mappings, not in [codes.statuses]")
        return self

    @model_validator(mode="after")
    def _our_own_contracts_have_all_of_their_operations(self) -> ProfileFile:
        if self.operations is None:
            return self
        bound = {key for key, section in self.operations if section is not None}
        if not self.protocol.is_mapped and bound != OUR_OPERATIONS:
            odd = ", ".join(sorted(bound ^ OUR_OPERATIONS))
            raise ValueError(f"{self.protocol} has the operations {', '.join(sorted(OUR_OPERATIONS))}; see {odd}")
        if self.protocol.is_mapped and self.operations.account is not None:
            raise ValueError("[operations.account] belongs to our own contracts: an inquiry stands in for it elsewhere")
        return self

    @model_validator(mode="after")
    def _tickets_are_asked_about(self) -> ProfileFile:
        asked = self.operations is not None and self.operations.ticket is not None
        if asked is (self.ticket is None):
            raise ValueError("[ticket] and [operations.ticket] go together")
        return self

    @model_validator(mode="after")
    def _an_answer_can_relate_to_its_request(self) -> ProfileFile:
        if self.trust.relation is Relation.ADDRESSING and not self.requests.addressing:
            raise ValueError('trust.relation = "relates-to" needs requests.addressing: without it a request has no id')
        return self

    @model_validator(mode="after")
    def _a_session_begins_and_ends(self) -> ProfileFile:
        has_login = self.operations is not None and self.operations.login is not None
        if has_login is not (self.session.kind is SessionKind.LOGIN):
            raise ValueError('[operations.login] is wanted with session.kind = "login", and nowhere else')
        good = () if self.codes.container is None else self.codes.container.good
        other = self.codes.told - set(self.codes.not_acted_on) | set(good)
        if both := sorted(set(self.session.ended) & other - {BLANK}):
            raise ValueError(f"{both[0]} is in session.ended, and in another list with another meaning")
        statuses = [code for code in self.session.ended if code.startswith("http.")]
        if statuses and self.trust.answers is not Trust.CONNECTION:
            raise ValueError(
                f'{statuses[0]} in session.ended needs trust.answers = "connection": nobody signs a status'
            )
        if (self.session.header or "").lower() == "authorization" and self.security.http_basic:
            raise ValueError("session.header = Authorization does not go with security.http_basic")
        return self

    @model_validator(mode="after")
    def _receipts_come_in_one_way(self) -> ProfileFile:
        if self.operations is None or not self.protocol.is_mapped:
            return self
        known = {*RECEIPT_OPERATIONS.values(), "confirm"}
        bound = {key for key in known if getattr(self.operations, key) is not None}
        way = self.capabilities.receipts
        key = RECEIPT_OPERATIONS[way]
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
