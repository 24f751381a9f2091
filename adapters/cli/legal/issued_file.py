"""A certificate that a verb issues into a new file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.cli.common.acting_account import by, perform
from adapters.terminal.printing import console, print_json
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def assert_new(path: Path) -> None:
    """Raise `GatewayError` ``certificate.file`` if the file is there already."""
    if os.path.lexists(path):
        raise GatewayError("certificate.file", where=str(path), detail="it exists already")


def write_new(path: Path, octets: bytes, mode: int) -> None:
    """Write a file that is not there yet. Raises `GatewayError` ``certificate.file``."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(octets)
    except OSError as error:
        raise GatewayError("certificate.file", where=str(path), detail=str(error.strerror)) from error


def issue_into(
    out: Path,
    installation: Installation,
    act: str,
    reason: str,
    pdf: Callable[[Installation, str], bytes],
    as_json: bool,
    **asked: str,
) -> None:
    """Perform the act that issues a certificate, write its PDF into ``out``, and print what was done.

    ``pdf`` makes it by the id of the certificate's record. Raises `GatewayError`.
    """
    facts = perform(installation, act, reason, **asked)
    octets = pdf(installation, str(facts["certificate"]))
    write_new(out, octets, 0o600)
    if as_json:
        print_json({"file": str(out), "certificate": facts["certificate"], "size": len(octets)})
        return
    console.print(f"{out}: {facts['certificate']}", markup=False, soft_wrap=True)
    console.print(f"on record, by {by(facts)}", markup=False, soft_wrap=True)
