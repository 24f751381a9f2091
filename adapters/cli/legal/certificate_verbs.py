"""The verbs `legal certificate` and `legal certificate-page`: a printed certificate, and the page that verifies it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.common.acting_account import ReasonOption
from adapters.cli.common.installation import installation_of
from adapters.cli.legal.issued_file import assert_new, issue_into, write_new
from adapters.composition.legal.log_proof import fingerprint
from adapters.composition.legal.service_certificates import print_certificate, verification_page
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption, JsonOption, console, print_json
from gateway.certificate.certificate_words import grouped

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
    assert_new(out)
    issue_into(out, installation_of(config), ACT, reason, print_certificate, as_json, reference=reference)


def certificate_page(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to make, such as certificate.html.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write the page that verifies certificates offline: one HTML file, to be published beside the key's fingerprint.

    It knows the checkpoints that were signed so far; write it again from time to time.
    """
    assert_new(out)
    installation = installation_of(config)
    octets, told = verification_page(installation), fingerprint(installation.checkpoints.verifier)
    write_new(out, octets, 0o644)
    if as_json:
        print_json({"file": str(out), "log": installation.checkpoints.name, "fingerprint": told, "size": len(octets)})
        return
    console.print(f"{out}: verifies certificates of {installation.checkpoints.name}", markup=False, soft_wrap=True)
    console.print(f"publish the fingerprint of its key elsewhere: {grouped(told)}", markup=False, soft_wrap=True)
