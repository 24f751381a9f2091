"""The judiciary in the configuration: its service, the callback for its receipts, and our user name there."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from adapters.crypto.message.credentials import MAX_USERNAME
from adapters.http.loopback import is_loopback
from adapters.settings.maintenance import MaintenanceSection
from adapters.settings.signature import AnswerSignature
from adapters.settings.values import SECRET_WORDS, Address, Endpoint, FilePath, KeyPair, Seconds, Section
from gateway.mapping.kinds.call_context import CONFIG_NAME
from gateway.notice.outbox import MAX_REQUEUES
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN
from gateway.runtime.rate_limit import RateLimit

PATH = "/receipts"
"""Default path of the callback if ``url`` has none."""


class CallbackSection(Section):
    """Callback settings. ``url`` is the full address in the judiciary's messages, if it differs from ``listen``."""

    listen: Address = "127.0.0.1:9130"
    url: Endpoint | None = None

    @model_validator(mode="after")
    def _nobody_listens_on_the_way(self) -> CallbackSection:
        host = urlsplit(f"//{self.listen}").hostname or ""
        if not is_loopback(host) and urlsplit(self.url or "").scheme != "https":
            raise ValueError(
                "listen: beyond this machine receipts need TLS; have a proxy speak it, and write its https address "
                "into url"
            )
        return self

    def address(self, base: str) -> str:
        """Return the address in the judiciary's messages, if the server listens at ``base``."""
        if self.url is None:
            return base + PATH
        return self.url if urlsplit(self.url).path.strip("/") else self.url.rstrip("/") + PATH


class UserSection(Section):
    """User name of ours, and a file with nothing but the password in it."""

    username: str = Field(min_length=1, max_length=MAX_USERNAME)
    password_file: FilePath

    @field_validator("username")
    @classmethod
    def _stands_in_messages_as_it_is(cls, name: str) -> str:
        if not name.isprintable() or name != name.strip():
            raise ValueError("a name of printable characters is wanted, with no space around it")
        return name


class UsernameTokenSection(UserSection):
    """User of the sender beside its signature."""


class OAuth2Section(Section):
    """Client at an OAuth2 authorization server; ``secret_file`` has nothing but the client's secret in it."""

    client_id: str = Field(min_length=1, max_length=MAX_USERNAME, pattern=r"^[ -~]+$")
    secret_file: FilePath
    token_url: Endpoint

    @field_validator("token_url")
    @classmethod
    def _goes_over_tls(cls, url: str) -> str:
        if urlsplit(url).scheme != "https":
            raise ValueError("an address that begins with https:// is wanted: a secret is sent to it")
        return url


class HttpUserSection(Section):
    """User name of ours in HTTP Basic (RFC 7617), and a file with nothing but the password in it."""

    username: str = Field(min_length=1, max_length=MAX_USERNAME, pattern=r"^[^:\x00-\x1f\x7f]+$")
    password_file: FilePath


MAX_VALUES = 100
_MAX_VALUE = 2000
_JOINERS = {0x200C: None, 0x200D: None}
"""Signs between Persian letters, which Python counts as not printable."""


def _proxy(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.port is None or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("the address of a proxy is wanted, such as http://proxy.example:3128")
    return f"http://{parts.netloc}"


def _value_name(name: str) -> str:
    if not re.fullmatch(CONFIG_NAME, name, re.ASCII):
        raise ValueError("a name of Latin letters, digits and _ that begins with a letter is wanted")
    if SECRET_WORDS.search(name):
        raise ValueError(f"{name}: a secret stands in a file of its own, never here: messages are evidence")
    return name


def _value(text: str) -> str:
    if not text.strip() or len(text) > _MAX_VALUE or not text.translate(_JOINERS).isprintable():
        raise ValueError(f"a text of 1 to {_MAX_VALUE} printable characters is wanted")
    return text


class JudiciarySection(Section):
    """The judiciary's service. All of these times are real; none is ever compressed.

    ``certificates`` and ``receipt_certificates`` sign its messages and its receipts, and lead to ``anchors``; a profile
    under which nobody signs these needs none. ``tls_anchors`` are the roots (PEM) of its server's TLS certificate, by
    default those of browsers.
    ``client_certificate`` is our TLS certificate, and ``username_token`` our user name beside the signature.
    ``http_basic`` is our user name in HTTP, ``oauth2`` our client at an authorization server, ``login`` our user of a
    login; ``session_key`` is the file of the key by which the store's tokens are encrypted. ``secret_headers`` are
    files with the values of further headers, by name.
    ``proxy`` is the way out to the service and to the authorization server; the environment names none.
    ``values`` are texts that mappings put into messages; they are no secrets.
    """

    destination: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    profile: str = Field(default="eblagh-1", min_length=1)
    wsdl: FilePath | None = None
    endpoint: Endpoint
    anchors: list[FilePath] = Field(default_factory=list)
    certificates: list[FilePath] = Field(default_factory=list)
    receipt_certificates: list[FilePath] = Field(default_factory=list)
    timeout_seconds: Seconds = timedelta(seconds=60)
    lifetime_seconds: Seconds = timedelta(seconds=300)
    skew_seconds: Seconds = timedelta(seconds=60)
    settle_seconds: Seconds = timedelta(minutes=30)
    ask_again_seconds: Seconds = timedelta(minutes=10)
    unanswered_seconds: Seconds = timedelta(hours=4)
    requeue: bool = False
    max_requeues: int = Field(default=MAX_REQUEUES, ge=0, le=100)
    credential_refusals: int = Field(default=FAILURES_THAT_OPEN, ge=1, le=1000)
    revocation: Literal["require", "if-known", "off"] | None = None
    max_calls: int | None = Field(default=None, ge=1, le=100)
    notices_per_minute: int | None = Field(default=None, ge=1, le=1_000_000)
    burst: int | None = Field(default=None, ge=1, le=1_000_000)
    maintenance: list[MaintenanceSection] = Field(default_factory=list)
    signature: AnswerSignature = AnswerSignature()
    callback: CallbackSection = CallbackSection()
    username_token: UsernameTokenSection | None = None
    client_certificate: KeyPair | None = None
    tls_anchors: FilePath | None = None
    proxy: Annotated[Endpoint, AfterValidator(_proxy)] | None = None
    proxy_user: HttpUserSection | None = None
    http_basic: HttpUserSection | None = None
    oauth2: OAuth2Section | None = None
    login: UserSection | None = None
    session_key: FilePath = "session.key"
    secret_headers: dict[str, FilePath] = Field(default_factory=dict)
    values: dict[Annotated[str, AfterValidator(_value_name)], Annotated[str, AfterValidator(_value)]] = Field(
        default_factory=dict, max_length=MAX_VALUES
    )

    @model_validator(mode="after")
    def _certificates_are_shown_over_tls(self) -> JudiciarySection:
        of_tls = "client_certificate", "tls_anchors", "http_basic", "secret_headers", "oauth2", "login", "proxy"
        told = [key for key in of_tls if getattr(self, key)]
        if told and urlsplit(self.endpoint).scheme != "https":
            raise ValueError(f"{told[0]} says nothing without an endpoint that begins with https://")
        return self

    @model_validator(mode="after")
    def _certificates_lead_to_an_anchor(self) -> JudiciarySection:
        if (self.certificates or self.receipt_certificates) and not self.anchors:
            raise ValueError("anchors: the roots to which certificates and receipt_certificates lead are wanted")
        return self

    @model_validator(mode="after")
    def _a_user_needs_a_proxy(self) -> JudiciarySection:
        if self.proxy_user is not None and self.proxy is None:
            raise ValueError("proxy_user says nothing without proxy")
        return self

    @model_validator(mode="after")
    def _settling_outlives_a_message(self) -> JudiciarySection:
        if self.settle_seconds < self.lifetime_seconds + 2 * self.skew_seconds:
            raise ValueError("settle_seconds must be at least lifetime_seconds + 2 * skew_seconds")
        return self

    @model_validator(mode="after")
    def _a_burst_needs_a_rate_limit(self) -> JudiciarySection:
        if self.burst is not None and self.notices_per_minute is None:
            raise ValueError("burst says nothing without notices_per_minute")
        return self

    @property
    def rate_limit(self) -> RateLimit | None:
        """Rate limit. The default burst is the allowance of ten seconds."""
        if self.notices_per_minute is None:
            return None
        burst = self.burst or max(1, self.notices_per_minute // 6)
        return RateLimit(per_minute=self.notices_per_minute, burst=burst)
