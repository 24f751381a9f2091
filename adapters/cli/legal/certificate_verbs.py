"""The verbs `legal certificate` and `legal certificate-page`: a printed certificate, and the page that verifies it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.common.acting_account import ReasonOption, by, perform
from adapters.cli.common.installation import installation_of
from adapters.composition.legal.service_certificates import fingerprint, print_certificate, verification_page
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption, JsonOption, console, print_json
from gateway.certificate.certificate_words import grouped
from gateway.runtime.errors import GatewayError

ACT = "certificate.issue"


def certificate(
    reference: Annotated[str, typer.Argument(metavar="NOTICE", help="As `notice list` shows it.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to make, such as certificate.pdf.")],
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Issue the certificate of service of a notice, and print it: a PDF for a case file.

    The reason is the purpose. It is recorded with the certificate before the file is there.
    """
    if out.exists():
        raise GatewayError("certificate.file", where=str(out), detail="it exists already")
    installation = installation_of(config)
    facts = perform(installation, ACT, reason, reference=reference)
    octets = print_certificate(installation, str(facts["certificate"]))
    write_new(out, octets, 0o600)
    if as_json:
        print_json({"file": str(out), "certificate": facts["certificate"], "size": len(octets)})
        return
    console.print(f"{out}: {facts['certificate']}", markup=False, soft_wrap=True)
    console.print(f"on record, by {by(facts)}", markup=False, soft_wrap=True)


def certificate_page(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to make, such as certificate.html.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write the page that verifies certificates offline: one HTML file, to be published beside the key's fingerprint.

    It knows the checkpoints that were signed so far; write it again from time to time.
    """
    if out.exists():
        raise GatewayError("certificate.file", where=str(out), detail="it exists already")
    installation = installation_of(config)
    octets, told = verification_page(installation), fingerprint(installation.checkpoints.verifier)
    write_new(out, octets, 0o644)
    if as_json:
        print_json({"file": str(out), "log": installation.checkpoints.name, "fingerprint": told, "size": len(octets)})
        return
    console.print(f"{out}: verifies certificates of {installation.checkpoints.name}", markup=False, soft_wrap=True)
    console.print(f"publish the fingerprint of its key elsewhere: {grouped(told)}", markup=False, soft_wrap=True)


def write_new(path: Path, octets: bytes, mode: int) -> None:
    """Write a file that is not there yet. Raises `GatewayError` ``certificate.file``."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(octets)
    except OSError as error:
        raise GatewayError("certificate.file", where=str(path), detail=str(error.strerror)) from error
