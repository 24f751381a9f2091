"""The web console in the configuration: its address, its key file, and its rules of sign-in."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from adapters.http.loopback import is_loopback
from adapters.settings.people.openid import OpenIdSection
from adapters.settings.values import Address, Endpoint, OwnFile, Section


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError(f"{text}: an IP address is wanted") from None


class ConsoleSection(Section):
    """The console: its address, its key and its rules of sign-in (`docs/operate/people.md`).

    ``listen`` is its own listener; ``public_url`` the https address by which people reach it through a proxy.
    ``proxies`` are the addresses of such proxies: what they say of a person's address is believed. The file ``key`` has
    the key that encrypts second factors; it is made at the first use. Development alone may make the ``second_factor``
    optional. A session ends ``idle_minutes`` after its last request, and ``session_hours`` after it began. People may
    sign in at the provider ``openid``, too.
    """

    listen: Address = "127.0.0.1:9110"
    public_url: Endpoint | None = None
    proxies: list[Annotated[str, AfterValidator(_address)]] = Field(default=[])
    key: OwnFile = "console.key"
    second_factor: Literal["required", "optional"] = "required"
    idle_minutes: int = Field(default=30, ge=1, le=720)
    session_hours: int = Field(default=10, ge=1, le=24)
    openid: OpenIdSection | None = None

    @model_validator(mode="after")
    def _nobody_listens_on_the_way(self) -> ConsoleSection:
        host = urlsplit(f"//{self.listen}").hostname or ""
        if not is_loopback(host) and urlsplit(self.public_url or "").scheme != "https":
            raise ValueError(
                "listen: beyond this machine people need TLS;"
                " have a proxy speak it, and write its https address into public_url"
            )
        if self.public_url is not None and urlsplit(self.public_url).scheme != "https":
            raise ValueError("public_url: an https address is wanted; without one, people use listen on this machine")
        parts = urlsplit(self.public_url or "")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("public_url: a host alone is wanted, without a path; the console has a host of its own")
        if self.openid is not None and self.public_url is None:
            raise ValueError("openid: public_url is wanted, to which the provider sends people back")
        return self

    @property
    def is_one_address(self) -> bool:
        """True if people come through a proxy that is not named: then all of them seem to have its address."""
        return self.public_url is not None and not self.proxies

    @model_validator(mode="after")
    def _an_idle_session_ends_first(self) -> ConsoleSection:
        if self.idle_minutes > 60 * self.session_hours:
            raise ValueError("idle_minutes must be at most session_hours")
        return self
