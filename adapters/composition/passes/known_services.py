"""Services of others over https, by a section of the configuration."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.http.known_service import KnownService
from adapters.settings import KnownServiceSection

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def known_service(
    installation: Installation, section: KnownServiceSection, name: str, credentials: str
) -> KnownService:
    """Return a service. Its secrets are read when they are needed; ``credentials`` is the code if they cannot be."""

    def path(file: str | None) -> Path | None:
        return None if file is None else installation.folder.path(file)

    def token() -> bytes | None:
        return (
            None if section.token_file is None else installation.folder.header(section.token_file, credentials).encode()
        )

    secret = partial(installation.folder.secret, code=credentials)
    return KnownService(
        name=name,
        url=section.url,
        credentials=credentials,
        anchors=path(section.anchors),
        certificate=path(section.certificate),
        key=path(section.key),
        key_password=partial(secret, section.password_file),
        token=token,
        timeout=section.timeout_seconds,
        loopback_only=installation.loopback_only,
    )
