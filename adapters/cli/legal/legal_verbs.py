"""The verbs `legal`: deadlines, with the rules and the calendar that they follow: docs/operate/legal-rules.md."""

from __future__ import annotations

import typer

from adapters.cli.legal import calendar_verbs, compare_verb, deadline_verb, notice_verb, rules_verbs

app = typer.Typer(help="Deadlines, rules of service, and the office calendar.", no_args_is_help=True)
app.command("deadline")(deadline_verb.deadline)
app.command("notice")(notice_verb.notice)
app.command("compare")(compare_verb.compare)
app.add_typer(rules_verbs.app, name="rules")
app.add_typer(calendar_verbs.app, name="calendar")
