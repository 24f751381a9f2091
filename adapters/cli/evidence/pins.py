"""The verb `archive pins`: the pins of a configuration, as files of an auditor's trust folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from cryptography.hazmat.primitives.serialization import Encoding

from adapters.cli.common.installation import installation_of
from adapters.composition.overview.configured_trust import pinned_certificates
from adapters.crypto.keys.certificate import Certificate, read_pem
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption, console
from adapters.verifier.trust.pins import Pins, file_of
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def pins(
    folder: Annotated[Path, typer.Argument(help="The trust folder; it is made if it is not there.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write the certificates that may sign receipts and seals, for auditors.

    Existing files stay: signatures of earlier certificates are judged by them. Auditors compare each fingerprint with
    the one that its owner states.
    """
    written = write_pins(installation_of(config), folder)
    for path in written:
        own = Certificate.of(read_pem(path)[0])
        console.print(f"{path}: {own.subject}  SHA-256 {own.fingerprint}", markup=False, soft_wrap=True)
    if not written:
        console.print(f"all of them are in {folder}", markup=False, soft_wrap=True)


def write_pins(installation: Installation, folder: Path) -> list[Path]:
    """Write one file for each certificate that ``folder`` does not pin yet; return the new files.

    Raises `GatewayError` ``archive.trust`` if the folder cannot be written, and ``key.*``.
    """
    written: list[Path] = []
    for use, name, own in pinned_certificates(installation):
        if folder.exists() and own in Pins.of(folder).certificates(use, name):
            continue
        path = folder / file_of(use, name)
        if path.exists():
            path = folder / file_of(use, f"{name}+{own.serial_number:X}")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(own.public_bytes(Encoding.PEM))
        except OSError as error:
            raise GatewayError("archive.trust", where=str(path), detail=str(error.strerror)) from error
        written.append(path)
    return written
