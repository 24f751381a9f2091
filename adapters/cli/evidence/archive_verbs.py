"""The verbs `archive`: the operator's work for auditors, the auditors' own, and those of retention."""

from __future__ import annotations

from adapters.cli.evidence import archive, retention

app = archive.app
app.command("leave")(retention.leave)
app.command("purge")(retention.purge_payloads)
app.add_typer(retention.holds, name="hold")
