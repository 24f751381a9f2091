"""Verb `certificate`: verify the text of a certificate's code by its reader's trust, offline."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from adapters.terminal.output_file import writing
from adapters.terminal.printing import FINDING, JsonOption, console, print_json
from adapters.verifier.archive.auditor import read_checkpoint
from adapters.verifier.archive.segment_consistency import judge_by_segments
from adapters.verifier.trust.trust_folder import Trust
from adapters.verifier.verbs.show import COLOUR, show_anchors
from gateway.archive.consistency import Comparison
from gateway.audit.audit import shown
from gateway.certificate.certificate_text import MAX_TEXT, PrintedCertificate
from gateway.certificate.service_certificate import NotACertificate
from gateway.merkle.checkpoint import Checkpoint
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict


def verify(
    file: Annotated[Path, typer.Argument(help="A file with the scanned text of the code; - reads standard input.")],
    trust: Annotated[Path, typer.Option(help="A folder with anchors and the archive's keys, had from their owners.")],
    checkpoint: Annotated[
        Path | None, typer.Option(help="A checkpoint that a witness holds: the certificate must be of its history.")
    ] = None,
    archive: Annotated[
        Path | None, typer.Option(help="The archive's folder, if that checkpoint is older or newer than the code's.")
    ] = None,
    note: Annotated[Path | None, typer.Option(help="Write the code's checkpoint into this file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify a certificate of service; exit 1 if it is not in a trusted log, or of another history."""
    anchors, text = Trust.of(trust), _text(file)
    try:
        printed = PrintedCertificate.of(text)
        signed = printed.opened(anchors)
    except NotACertificate as problem:
        _tell(Comparison(verdict=Verdict.FAILED, reason=str(problem)), {}, anchors, as_json=as_json)
        raise typer.Exit(FINDING) from problem
    found = Comparison(verdict=Verdict.PASSED, reason=f"record {printed.index} of {signed.size} in {signed.origin}")
    if checkpoint is not None:
        found = _of_history(signed, read_checkpoint(checkpoint, trust), archive) or found
    if note is not None:
        with writing(note):
            note.write_bytes(printed.note)
    _tell(found, _fields(printed), anchors, as_json=as_json)
    if found.verdict is not Verdict.PASSED:
        raise typer.Exit(FINDING)


def _text(file: Path) -> str:
    try:
        if str(file) == "-":
            return sys.stdin.read(MAX_TEXT + 10)
        with file.open(encoding="ascii") as opened:
            return opened.read(MAX_TEXT + 10)
    except (OSError, UnicodeDecodeError) as error:
        detail = error.strerror if isinstance(error, OSError) else "not ASCII"
        raise GatewayError("certificate.unreadable", where=str(file), detail=str(detail)) from error


def _of_history(signed: Checkpoint, known: Checkpoint, archive: Path | None) -> Comparison | None:
    """Return a doubt about the history of a certificate's checkpoint, or None if it is that of the known one."""
    if known.size == signed.size and known.origin == signed.origin:
        if known.root == signed.root:
            return None
        return Comparison(verdict=Verdict.FAILED, reason=f"another tree of {signed.size} records: two histories")
    if archive is None:
        reason = f"the checkpoint has {known.size} records, the code's {signed.size}: give --archive to compare them"
        return Comparison(verdict=Verdict.INDETERMINATE, reason=reason)
    old, new = sorted((signed, known), key=lambda each: each.size)
    found = judge_by_segments(old, new, archive)
    return None if found.verdict is Verdict.PASSED else found


def _fields(printed: PrintedCertificate) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(printed.certificate.octets)
    hidden = ("salt", "recipient", "seal", "v")
    return {key: value for key, value in told.items() if key not in hidden} | {"seal": printed.certificate.seal}


def _tell(found: Comparison, fields: dict[str, Any], anchors: Trust, *, as_json: bool) -> None:
    if as_json:
        told = {"verdict": found.verdict, "reason": found.reason, "fields": fields}
        print_json({**told, "trusted": anchors.fingerprints()})
        return
    console.print(Text(found.verdict, style=COLOUR[found.verdict]), end=" ")
    console.print(found.reason, markup=False, soft_wrap=True)
    for key, value in fields.items():
        console.print(f"  {key}: {shown(str(value)) if value is not None else '-'}", markup=False, soft_wrap=True)
    if fields:
        console.print("compare these with the paper; name and identifier are not in the code")
    show_anchors(anchors.fingerprints())
