"""Keys and certificates of an installation: who signs, and which certificates are in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from adapters.crypto.keys.certificate import Certificate, load_certificates
from adapters.crypto.keys.keys import Signer, load_signer
from adapters.settings import KeyPair, Settings
from adapters.settings.config_folder import ConfigFolder


@dataclass(frozen=True, kw_only=True)
class KeyParts:
    """``source_files`` returns the certificate files of sources, by their use."""

    settings: Settings
    folder: ConfigFolder
    source_files: Callable[[], Mapping[str, str]]

    @cached_property
    def transport(self) -> Signer:
        """Signer of messages."""
        return self.signer(self.settings.transport)

    def seal(self, code: str) -> Signer:
        """Return the signer of an issuing body's notices."""
        return self.signer(self.settings.bodies[code].seal)

    def signer(self, pair: KeyPair) -> Signer:
        password = self.folder.secret(pair.password_file, "key.unreadable")
        return load_signer(self.folder.path(pair.key), self.folder.path(pair.certificate), password)

    def certificates(self) -> dict[str, Callable[[], Certificate]]:
        """Return a loader of each certificate in use, by its use; no key is read. A loader may raise `GatewayError`."""
        return {use: partial(self._certificate, file) for use, file in self.archived_files().items()}

    def archived_files(self) -> dict[str, str]:
        """Return the files of every certificate in use, that for TLS included.

        It signs nothing, but its presence in an archive shows that it is ours.
        """
        files = self._files()
        if (shown := self.settings.judiciary.client_certificate) is not None:
            files["client certificate"] = shown.certificate
        return files

    def own_files(self) -> list[str]:
        """Return the files of our own certificates, that for TLS excluded."""
        theirs = {*self.settings.judiciary.certificates, *self.settings.judiciary.receipt_certificates}
        return [file for file in self._files().values() if file not in theirs]

    def _files(self) -> dict[str, str]:
        judiciary = self.settings.judiciary
        files = {"transport": self.settings.transport.certificate}
        files |= {f"seal {code}": body.seal.certificate for code, body in self.settings.bodies.items()}
        if self.settings.archive is not None and self.settings.archive.signing is not None:
            files["archive signing"] = self.settings.archive.signing.certificate
        files |= _by_name("judiciary messages", judiciary.certificates)
        files |= _by_name("judiciary receipts", judiciary.receipt_certificates)
        return files | dict(self.source_files())

    def _certificate(self, file: str) -> Certificate:
        """Load the file's first certificate: the one that signs, not its issuers."""
        return load_certificates(self.folder.path(file))[0]


def _by_name(use: str, files: Sequence[str]) -> dict[str, str]:
    """Return files by their use. A use ends with the file's name, and with a number if two files have one name."""
    found: dict[str, str] = {}
    for number, file in enumerate(files, start=1):
        name = f"{use} {Path(file).name}"
        found[f"{name} {number}" if name in found else name] = file
    return found
