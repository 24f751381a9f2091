"""The verbs `legal`, gathered from the module of each noun."""

from __future__ import annotations

import typer

from adapters.cli.legal import certificates

app = typer.Typer(help="Legal effect, deadlines and certificates of service.", no_args_is_help=True)
app.command("certificate")(certificates.certificate)
app.command("certificate-page")(certificates.certificate_page)
