"""The verbs `keys`: the administrators' view of keys and certificates."""

from __future__ import annotations

import typer
from rich.markup import escape

from adapters.cli.common.installation import installation_of
from adapters.composition.key_files import certificate_files, signing_certificate_of
from adapters.crypto.keys.certificate import Certificate, assert_valid_now
from adapters.terminal.printing import DEFAULT_CONFIG, FINDING, ConfigOption, JsonOption, console, moment, print_json
from gateway.runtime.clock import system_clock, timestamp
from gateway.runtime.errors import GatewayError


def list_keys(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List the certificates that the configuration names, with their fingerprints; exit 1 if one is not valid now."""
    installation = installation_of(config)
    rows = [
        _row(use, signing_certificate_of(file, installation.folder))
        for use, file in certificate_files(installation.settings).items()
    ]
    if as_json:
        print_json({"certificates": rows})
    else:
        for row in rows:
            console.print(f"[bold]{escape(row['use'])}[/]: {row['state']}, until {moment(row['not_after'])}")
            console.print(f"  {row['subject']}\n  SHA-256 {row['fingerprint']}", markup=False, soft_wrap=True)
    if any(row["state"] != "valid" for row in rows):
        raise typer.Exit(FINDING)


def _row(use: str, certificate: Certificate) -> dict[str, str]:
    try:
        assert_valid_now(certificate, system_clock())
        state = "valid"
    except GatewayError as error:
        state = error.code
    return {
        "use": use,
        "subject": certificate.subject,
        "not_after": timestamp(certificate.not_after)[:19] + "Z",
        "state": state,
        "fingerprint": certificate.fingerprint,
    }
