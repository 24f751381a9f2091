"""Address of the callback, to which the judiciary pushes receipts, as a configuration names it."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import model_validator

from adapters.http.loopback import is_loopback
from adapters.settings.values import Address, Endpoint, Section

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
