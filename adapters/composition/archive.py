"""The archive: its folder, time authorities, witnesses and certificates, and the signer of evidence files."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from adapters.archive.verified_zips import VerifiedZips
from adapters.archive.zip_writer import ZipFolder
from adapters.composition.key_files import certificate_files, load_pair
from adapters.composition.legal.notice_deadline import notice_deadline
from adapters.composition.passes.known_services import known_service
from adapters.composition.revocation_checks import lists_covering
from adapters.crypto.keys.certificate import load_certificates, read_pem, signing_certificate
from adapters.crypto.keys.keys import Signer
from adapters.crypto.xml.sealed_fields import sealed_attachments, sealed_paper
from adapters.evidence.asice import AsiceWriter
from adapters.evidence.pages import pages
from adapters.settings import (
    EmailWitnessSection,
    FolderWitnessSection,
    HttpsWitnessSection,
    KeyPair,
    Settings,
    TimeAuthoritySection,
    WitnessSection,
    host_and_port,
    place_of,
)
from adapters.timestamp.http_authority import AuthoritySettings, HttpTimeAuthority
from adapters.witness.email import EmailSettings, EmailWitness
from adapters.witness.folder import FolderWitness
from adapters.witness.https import HttpsWitness
from gateway.archive.archiving import origin_of
from gateway.archive.timestamping import InOrder, NotedAuthority, TimeAuthority
from gateway.archive.witnessing import Witness, look_at
from gateway.evidence.evidence_export import Beside, Exported, export, of_case, of_notice
from gateway.notice.envelope import SigningCertificate
from gateway.operations.history_division import keep_forks
from gateway.record.deletion import Deletions
from gateway.runtime.errors import ErrorScope, GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def archive_folder(installation: Installation) -> ZipFolder:
    """Return the folder of segments, for writing."""
    if installation.ports is not None:
        folder: ZipFolder = installation.ports.archive_folder()
        return folder
    return ZipFolder(
        installation.archive_path,
        partial(_archived_certificates, installation),
        installation.checkpoints.verifier,
        installation.store().lists,
    )


def assert_same_origin(installation: Installation) -> None:
    """Raise `GatewayError` ``archive.origin`` if the existing archive has another name than the configured one.

    A checkpoint under a second name can be verified by nobody, and is never taken back.
    """
    configured = installation.settings.configured_archive.origin
    there = origin_of(installation.store().log, archive_folder(installation))
    if there not in (None, configured):
        where = f"{place_of(installation.file, 'archive', 'origin')}, archive.origin"
        raise GatewayError("archive.origin", where=where, detail=f"{configured}; the archive is {there}")


def verified_archive(installation: Installation, deletions: Deletions | None = None) -> VerifiedZips:
    """Return the archive's folder for removing records from the database and for deletion.

    By default the store knows which records may be missing.
    """
    known = deletions or installation.store().retention
    return VerifiedZips(installation.archive_path, installation.checkpoints.verifier, known)


def compare_with_outside(installation: Installation, *, every: bool = False) -> list[GatewayError]:
    """Compare the store with the archive's folder and with the witnesses' checkpoints; keep forks in the store.

    ``every`` compares all checkpoints of witnesses, as `gateway.archive.witnessing.look_at` does. Returns the errors of
    comparisons that failed. Raises `GatewayError` ``store.*``.
    """
    log, now = installation.store().log, installation.clock()
    told = [_compared(lambda: keep_forks(log, archive_folder(installation), now))]
    for _, each in witnesses(installation):
        told.append(_compared(partial(look_at, log, each, installation.checkpoints.verifier, now, every=every)))
    return [error for error in told if error is not None and error.code != "archive.forked"]


def _compared(compare: Callable[[], object]) -> GatewayError | None:
    try:
        compare()
    except GatewayError as error:
        if error.scope is ErrorScope.SYSTEM:
            raise
        return error
    return None


def time_authority(installation: Installation) -> TimeAuthority | None:
    """Return the archive's time authorities in order of preference; None if none is configured.

    Each answer is noted in the store, so that every process sees it.
    """

    def note(name: str, failure: GatewayError | None) -> None:
        with suppress(GatewayError):  # the passes report an error of the store themselves
            installation.store().processes.authority(name, failure, installation.clock())

    found = [NotedAuthority(each, note) for each in time_authorities(installation)]
    return InOrder(found) if found else None


def time_authorities(installation: Installation) -> list[TimeAuthority]:
    """Return the archive's time authorities; their connections close with the installation."""
    if installation.ports is not None:
        return installation.ports.time_authorities()
    installation.assert_allowed()
    clock, timekeeper = installation.clock, installation.timekeeper
    return [
        installation.hold(HttpTimeAuthority(_authority(installation, section), clock, timekeeper))
        for section in installation.settings.configured_archive.time_authorities
    ]


def _authority(installation: Installation, section: TimeAuthoritySection) -> AuthoritySettings:
    path = installation.folder.path
    return AuthoritySettings(
        name=section.name,
        url=section.url,
        anchors=[each for file in section.anchors for each in read_pem(path(file))],
        between=[each for file in section.between for each in read_pem(path(file))],
        policy=section.policy,
        timeout=section.timeout_seconds,
        tolerance=section.tolerance_seconds,
        loopback_only=installation.loopback_only,
    )


def witnesses(installation: Installation) -> list[tuple[WitnessSection, Witness]]:
    """Return the keepers of the archive's checkpoints outside.

    Their secrets are read when they are needed: an unreadable secret stops no other witness.
    """
    if installation.ports is not None:
        return list(installation.ports.witnesses())
    sections = installation.settings.configured_archive.witnesses
    return [(section, _witness(installation, section)) for section in sections]


def _witness(installation: Installation, section: WitnessSection) -> Witness:
    match section:
        case FolderWitnessSection():
            return FolderWitness(section.name, installation.folder.path(section.folder))
        case HttpsWitnessSection():
            return HttpsWitness(known_service(installation, section, section.name, "witness.credentials"))
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
                password=partial(installation.folder.secret, section.password_file, code="witness.credentials"),
                anchors=None if section.anchors is None else installation.folder.path(section.anchors),
                timeout=section.timeout_seconds,
                loopback_only=installation.loopback_only,
            )
            return EmailWitness(email, installation.clock)
        case _:
            assert_never(section)


def evidence_writer(installation: Installation, path: Path) -> AsiceWriter:
    """Return a writer that signs an evidence file at ``path``. Raises `GatewayError` ``evidence.signing``."""
    settings, folder = installation.settings, installation.folder
    chain = load_certificates(folder.path(_evidence_key(settings).certificate))
    between = [file for known in settings.configured_archive.time_authorities for file in known.between]
    return AsiceWriter(
        path=path,
        signer=evidence_signer(installation),
        chain=[each.der for each in chain],
        authority=time_authority(installation) or InOrder([]),
        between=[each.der for file in between for each in load_certificates(folder.path(file))],
        lists_for=partial(lists_covering, installation),
    )


def evidence_signer(installation: Installation) -> Signer:
    """Load the signer of evidence files. Raises `GatewayError` ``evidence.signing``, ``key.*``."""
    return load_pair(_evidence_key(installation.settings), installation.folder)


def _evidence_key(settings: Settings) -> KeyPair:
    section = settings.configured_archive
    if section.signing is None:
        raise GatewayError("evidence.signing", where="[archive.signing]")
    return section.signing


def evidence_beside(installation: Installation) -> Beside:
    """Return the certificates and revocation lists for an evidence file.

    The newest lists cover whatever was signed before.
    """
    archived = _archived_certificates(installation)
    certificates = {name.removesuffix("-crt-pem"): pem for name, pem in archived.items()}
    return Beside(certificates=certificates, lists=lists_covering(installation, None, installation.clock()))


def export_to(
    output: Path,
    installation: Installation,
    reference: str | None = None,
    case: str | None = None,
    body: str | None = None,
) -> Exported:
    """Write the evidence file of a notice by its ``reference``, or else of a ``case``."""
    store = installation.store()
    if case is not None:
        admissions = of_case(store.notices, case, body)
    else:
        assert reference is not None
        admissions = of_notice(store.notices, reference)
    deadlines = {each.entry.reference: notice_deadline(installation, each) for each in admissions}
    return export(
        store,
        store.log,
        admissions,
        case=case,
        now=installation.clock(),
        beside=evidence_beside(installation),
        pages=partial(pages, deadlines=deadlines),
        paper=sealed_paper,
        attachments=sealed_attachments,
        writer=evidence_writer(installation, output),
    )


def keep_certificates(installation: Installation) -> None:
    """Keep in the store the certificates in use on either side. Raises `GatewayError` ``key.*``, ``store.*``."""
    if installation.ports is not None:
        installation.ports.keep_certificates()
        return
    installation.store().certificates.keep(_in_use(installation))


def _in_use(installation: Installation) -> list[SigningCertificate]:
    files = certificate_files(installation.settings)
    found = {use: load_certificates(installation.folder.path(file)) for use, file in files.items()}
    return [signing_certificate(use, chain[0].der, chain) for use, chain in found.items()]


def _archived_certificates(installation: Installation) -> dict[str, bytes]:
    """Return present and earlier certificates of either side, by names that a segment may hold.

    Records that an earlier certificate signed are verified by it.
    """
    keep_certificates(installation)
    in_use = _in_use(installation)
    now = {_entry(each.use): each.chain for each in in_use}
    known = {each.thumbprint for each in in_use if now[_entry(each.use)] == each.chain}
    before = [each for each in installation.store().certificates.all() if each.thumbprint not in known]
    return now | {_entry(each.use, each.thumbprint): each.chain for each in before}


def known_certificates(installation: Installation) -> dict[str, bytes]:
    """Return every certificate that the store knows of either side, as PEM by the names of a segment; keep nothing."""
    return {_entry(each.use, each.thumbprint): each.chain for each in installation.store().certificates.all()}


_LONGEST: Final = 90
"""Most characters of a certificate's name. A segment may hold ten more, which an evidence file adds for issuers."""


def _entry(use: str, thumbprint: str = "") -> str:
    """Return the name of a certificate in a segment.

    A thumbprint distinguishes an earlier certificate from the one in use.
    """
    behind = f"-{thumbprint.removeprefix('sha256:')[:16]}" if thumbprint else ""
    return re.sub("[^a-z0-9]+", "-", use.lower()).strip("-")[: _LONGEST - len(behind)] + behind
