"""The verbs `legal`, gathered from the module of each noun."""

from __future__ import annotations

import typer

from adapters.cli.legal import certificate_verbs
from adapters.verifier.verbs import printed_certificate

app = typer.Typer(help="Legal effect, deadlines and certificates of service.", no_args_is_help=True)
app.command("certificate")(certificate_verbs.certificate)
app.command("certificate-page")(certificate_verbs.certificate_page)
app.command("certificate-verify")(printed_certificate.verify)
