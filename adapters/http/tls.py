"""TLS settings of both sides. Their files are read once, so that a changed file takes effect by a reload alone."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Tls:
    """TLS settings of both sides.

    Without ``anchors`` (a PEM file) the roots of browsers are used. ``certificate`` and ``key`` are PEM files of ours,
    ``password`` the key's, in octets.
    """

    anchors: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    password: bytes | None = field(default=None, repr=False)

    @cached_property
    def context(self) -> ssl.SSLContext:
        """Context of every connection with these settings, in any thread. The first use reads the files, no other does.

        Raises ``OSError`` if a file cannot be used; an ``SSLError`` is one.
        """
        # A courier's settings are made where nothing is sent, too.
        from requests.utils import DEFAULT_CA_BUNDLE_PATH
        from urllib3.util.ssl_ import create_urllib3_context

        context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
        context.load_verify_locations(self.anchors or DEFAULT_CA_BUNDLE_PATH)
        if self.certificate is not None and self.key is not None:
            # OpenSSL would ask a terminal for a missing password, and a service has none.
            context.load_cert_chain(self.certificate, self.key, lambda: self.password or b"")
        return context


BROWSERS: Final = Tls()
"""The roots of browsers, and nothing of ours."""
