"""Parts of the archive: segments, signers, time authorities and witnesses of an installation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Final, assert_never

from adapters.archive.verified_zips import VerifiedZips
from adapters.archive.zip_writer import ZipFolder
from adapters.composition.hooks import CloseLater
from adapters.composition.policies import archive_section
from adapters.crypto.keys.certificate import load_certificates, read_pem, signing_certificate
from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.note import NoteSigner, load_note_signer
from adapters.evidence.asice import AsiceWriter
from adapters.settings import (
    EmailWitnessSection,
    FolderWitnessSection,
    HttpsWitnessSection,
    KeyPair,
    Settings,
    TimeAuthoritySection,
    WitnessSection,
    host_and_port,
)
from adapters.settings.config_folder import ConfigFolder
from adapters.storage.sql_store import SqlStore
from adapters.timestamp.http_authority import AuthoritySettings, HttpTimeAuthority
from adapters.witness.email import EmailSettings, EmailWitness
from adapters.witness.folder import FolderWitness
from adapters.witness.https import HttpsSettings, HttpsWitness
from gateway.archive.timestamping import InOrder, NotedAuthority, TimeAuthority
from gateway.archive.witnessing import Witness, look_at
from gateway.evidence.evidence_export import Beside
from gateway.notice.envelope import SigningCertificate
from gateway.operations.history_division import keep_forks
from gateway.record.deletion import Deletions
from gateway.runtime.clock import Clock
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.timekeeping import Timekeeper


@dataclass(frozen=True, kw_only=True)
class ArchiveParts:
    """Factory of the archive's parts.

    ``certificate_files`` returns the files of all certificates in use, by their use. ``signer`` loads a key with its
    certificate. ``lists_of`` returns revocation lists. ``assert_allowed`` raises the first violation of the
    environment's rules.
    """

    settings: Settings
    folder: ConfigFolder
    store: Callable[[], SqlStore]
    certificate_files: Callable[[], Mapping[str, str]]
    lists_of: Callable[[Sequence[bytes] | None, datetime], Sequence[bytes]]
    signer: Callable[[KeyPair], Signer]
    hold: CloseLater
    assert_allowed: Callable[[], None]
    clock: Clock
    timekeeper: Callable[[], Timekeeper]

    @cached_property
    def note_signer(self) -> NoteSigner:
        section, folder = archive_section(self.settings), self.folder
        password = folder.secret(section.password_file, "key.unreadable")
        return load_note_signer(folder.path(section.key), section.origin, password)

    def time_authority(self) -> TimeAuthority | None:
        """Return the archive's time authorities in order of preference; None if none is configured.

        Each answer is noted in the store, so that every process sees it.
        """
        found = [NotedAuthority(each, self._note_authority) for each in self.time_authorities()]
        return InOrder(found) if found else None

    def _note_authority(self, name: str, failure: GatewayError | None) -> None:
        with suppress(GatewayError):  # the passes report an error of the store themselves
            self.store().processes.authority(name, failure, self.clock())

    def time_authorities(self) -> list[TimeAuthority]:
        self.assert_allowed()
        loopback_only = self.settings.gateway.environment == "development"
        return [
            self.hold(
                HttpTimeAuthority(self._authority(section, loopback_only=loopback_only), self.clock, self.timekeeper())
            )
            for section in archive_section(self.settings).time_authorities
        ]

    def _authority(self, section: TimeAuthoritySection, *, loopback_only: bool) -> AuthoritySettings:
        return AuthoritySettings(
            name=section.name,
            url=section.url,
            anchors=[each for file in section.anchors for each in read_pem(self.folder.path(file))],
            between=[each for file in section.between for each in read_pem(self.folder.path(file))],
            policy=section.policy,
            timeout=section.timeout_seconds,
            tolerance=section.tolerance_seconds,
            loopback_only=loopback_only,
        )

    def witnesses(self) -> list[tuple[WitnessSection, Witness]]:
        """Return the keepers of the archive's checkpoints outside.

        Their secrets are read when they are needed: an unreadable secret stops no other witness.
        """
        return [(section, self._witness(section)) for section in archive_section(self.settings).witnesses]

    def compare_with_outside(self) -> list[GatewayError]:
        """Compare the store with the archive's folder and with the witnesses' checkpoints; keep forks in the store.

        Returns the errors of comparisons that failed. Raises `GatewayError` ``store.*``.
        """
        log, now = self.store().log, self.clock()
        told = [self._compared(lambda: keep_forks(log, self.archive_folder(), now))]
        for _, each in self.witnesses():
            told.append(self._compared(partial(look_at, log, each, self.note_signer.verifier, now)))
        return [error for error in told if error is not None and error.code != "archive.forked"]

    def _compared(self, compare: Callable[[], object]) -> GatewayError | None:
        try:
            compare()
        except GatewayError as error:
            if error.scope is ErrorScope.SYSTEM:
                raise
            return error
        return None

    def _witness(self, section: WitnessSection) -> Witness:
        loopback_only = self.settings.gateway.environment == "development"
        match section:
            case FolderWitnessSection():
                return FolderWitness(section.name, self.folder.path(section.folder))
            case HttpsWitnessSection():
                https = HttpsSettings(
                    name=section.name,
                    url=section.url,
                    anchors=self._optional(section.anchors),
                    certificate=self._optional(section.certificate),
                    key=self._optional(section.key),
                    key_password=partial(self.folder.secret, section.password_file, "witness.credentials"),
                    token=partial(self.folder.secret, section.token_file, "witness.credentials"),
                    timeout=section.timeout_seconds,
                    loopback_only=loopback_only,
                )
                return HttpsWitness(https)
            case EmailWitnessSection():
                host, port = host_and_port(section.server)
                email = EmailSettings(
                    name=section.name,
                    host=host,
                    port=port,
                    security=section.security,
                    sender=section.sender,
                    recipient=section.recipient,
                    user=section.user,
                    password=partial(self.folder.secret, section.password_file, "witness.credentials"),
                    anchors=self._optional(section.anchors),
                    timeout=section.timeout_seconds,
                    loopback_only=loopback_only,
                )
                return EmailWitness(email, self.clock)
            case _:
                assert_never(section)

    def _optional(self, file: str | None) -> Path | None:
        return None if file is None else self.folder.path(file)

    def archive_folder(self) -> ZipFolder:
        lists = self.store().lists
        return ZipFolder(self.archive_path(), self._archived_certificates, self.note_signer.verifier, lists)

    def verified_archive(self, deletions: Deletions | None = None) -> VerifiedZips:
        """Return the archive's folder for removing records from the database and for deletion.

        By default the store knows which records may be missing.
        """
        known = deletions or self.store().retention
        return VerifiedZips(self.archive_path(), self.note_signer.verifier, known)

    def archive_path(self) -> Path:
        return self.folder.path(archive_section(self.settings).folder)

    def evidence_writer(self, path: Path) -> AsiceWriter:
        """Return a writer that signs an evidence file at ``path``. Raises `GatewayError` ``evidence.signing``."""
        section = archive_section(self.settings)
        chain = load_certificates(self.folder.path(self._evidence_key.certificate))
        between = [each for known in section.time_authorities for file in known.between for each in self._der(file)]
        return AsiceWriter(
            path=path,
            signer=self.evidence_signer,
            chain=[each.der for each in chain],
            authority=self.time_authority() or InOrder([]),
            between=between,
            lists_for=self.lists_of,
        )

    @property
    def evidence_signer(self) -> Signer:
        return self.signer(self._evidence_key)

    @property
    def _evidence_key(self) -> KeyPair:
        section = archive_section(self.settings)
        if section.signing is None:
            raise GatewayError("evidence.signing", where="[archive.signing]")
        return section.signing

    def evidence_beside(self) -> Beside:
        """Return the certificates and revocation lists for an evidence file.

        The newest lists cover whatever was signed before.
        """
        certificates = {name.removesuffix("-crt-pem"): pem for name, pem in self._archived_certificates().items()}
        return Beside(certificates=certificates, lists=self.lists_of(None, self.clock()))

    def _der(self, file: str) -> list[bytes]:
        return [each.der for each in load_certificates(self.folder.path(file))]

    def keep_certificates(self) -> None:
        """Keep in the store the certificates in use on either side. Raises `GatewayError` ``key.*``, ``store.*``."""
        self.store().certificates.keep(self._in_use())

    def _in_use(self) -> list[SigningCertificate]:
        files = {use: load_certificates(self.folder.path(file)) for use, file in self.certificate_files().items()}
        return [signing_certificate(use, found[0].der, found) for use, found in files.items()]

    def _archived_certificates(self) -> dict[str, bytes]:
        """Return present and earlier certificates of either side, by names that a segment may hold.

        Records that an earlier certificate signed are verified by it.
        """
        self.keep_certificates()
        in_use = self._in_use()
        now = {_entry(each.use): each.chain for each in in_use}
        known = {each.thumbprint for each in in_use if now[_entry(each.use)] == each.chain}
        before = [each for each in self.store().certificates.all() if each.thumbprint not in known]
        return now | {_entry(each.use, each.thumbprint): each.chain for each in before}


_LONGEST: Final = 90
"""Most characters of a certificate's name. A segment may hold ten more, which an evidence file adds for issuers."""


def _entry(use: str, thumbprint: str = "") -> str:
    """Return the name of a certificate in a segment.

    A thumbprint distinguishes an earlier certificate from the one in use.
    """
    behind = f"-{thumbprint.removeprefix('sha256:')[:16]}" if thumbprint else ""
    return re.sub("[^a-z0-9]+", "-", use.lower()).strip("-")[: _LONGEST - len(behind)] + behind
