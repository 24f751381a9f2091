"""The verbs `legal`, gathered from the module of each noun: docs/operate/legal-rules.md, docs/audit/certificate.md."""

from __future__ import annotations

import typer

from adapters.cli.legal import (
    calendar_verbs,
    certificate_verbs,
    compare_verb,
    deadline_verb,
    due_verb,
    notice_verb,
    outage_verbs,
    rules_verbs,
)
from adapters.cli.legal.law_life import CALENDAR, RULES
from adapters.cli.versions import version_life
from adapters.verifier.verbs import printed_certificate

app = typer.Typer(help="Legal effect, deadlines and certificates of service.", no_args_is_help=True)
app.command("deadline")(deadline_verb.deadline)
app.command("due")(due_verb.due)
app.command("outages")(outage_verbs.outages)
app.command("outage-certificate")(outage_verbs.outage_certificate)
app.command("notice")(notice_verb.notice)
app.command("compare")(compare_verb.compare)
app.command("certificate")(certificate_verbs.certificate)
app.command("certificate-page")(certificate_verbs.certificate_page)
app.command("certificate-verify")(printed_certificate.verify)
version_life.add_verbs(rules_verbs.app, RULES)
version_life.add_verbs(calendar_verbs.app, CALENDAR)
app.add_typer(rules_verbs.app, name="rules")
app.add_typer(calendar_verbs.app, name="calendar")
