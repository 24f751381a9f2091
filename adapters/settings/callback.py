"""Where the judiciary brings receipts, as a configuration names it."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import model_validator

from adapters.http.loopback import is_loopback
from adapters.settings.values import Address, Endpoint, Section

PATH = "/receipts"
"""Where it is served, unless ``url`` has a path."""


class CallbackSection(Section):
    """``url`` is the whole address that the judiciary's messages are for, where that is another than ``listen``."""

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
        """Return what messages are for, where the server listens at ``base``."""
        if self.url is None:
            return base + PATH
        return self.url if urlsplit(self.url).path.strip("/") else self.url.rstrip("/") + PATH
