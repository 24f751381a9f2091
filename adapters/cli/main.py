"""Entry point: collects the verbs and turns errors into messages and exit codes."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from adapters.cli.common.installation import closing_installations
from adapters.cli.deferred_verbs import DeferredVerb, DeferredVerbs
from adapters.cli.optional_verbs import add_optional_verbs, missing_library
from adapters.shipped.resources import version
from adapters.terminal.printing import Language, console, exit_code, screen, tell
from adapters.terminal.usage import assert_encoded
from gateway.runtime.errors import GatewayError


def _tell_version(wanted: bool) -> None:
    if wanted:
        console.print(f"Eblagh Gateway {version()}", markup=False)
        raise typer.Exit


_VERBS: Final = {
    "serve": DeferredVerb(
        "adapters.cli.service.serve:serve",
        "Serve notices until SIGTERM: each pass on its schedule, health and metrics over HTTP, pushed rows, receipts "
        "that the judiciary pushes, and the console; SIGHUP reloads.",
    ),
    "run-once": DeferredVerb(
        "adapters.cli.service.passes:run_once",
        "Run one pass, or all of them in a notice's order, once.",
    ),
    "status": DeferredVerb(
        "adapters.cli.notices.status:status",
        "Show what runs, where everything stands and who must act; exit 1 where an operator must, or where "
        "the judiciary or a time authority does not answer.",
    ),
    "reconcile": DeferredVerb(
        "adapters.cli.notices.reconcile:reconcile_ledgers",
        "Compare case databases, the gateway and the judiciary; exit 1 if they disagree, something is late, or the "
        "range is empty.",
    ),
    "check": DeferredVerb(
        "adapters.cli.check.check:check",
        "Check settings, store, payloads, sources, keys, certificates, a real signature, the judiciary's endpoint.",
    ),
    "stop-everything": DeferredVerb(
        "adapters.cli.service.switch:stop_everything",
        "Begin no further batch of any pass, in any process, until `resume`. A batch under way is finished.",
    ),
    "resume": DeferredVerb("adapters.cli.service.switch:resume", "Resume everything that `stop-everything` stopped."),
    "errors": DeferredVerb(
        "adapters.cli.errors:show_errors",
        "Show what a code means, who must act, and what to do, in English and Persian.",
    ),
}

_GROUPS: Final = {
    "notice": DeferredVerb("adapters.cli.notices.notice_verbs:verbs", "Notices and their history."),
    "rows": DeferredVerb("adapters.cli.notices.rows:app", "Rows of the sources."),
    "queue": DeferredVerb("adapters.cli.notices.queue:app", "What waits, by age, and what a person does with it."),
    "source": DeferredVerb("adapters.cli.sources:app", "Sources of rows: give one another name."),
    "endpoint": DeferredVerb("adapters.cli.service.endpoints:app", "How the judiciary's endpoint stands."),
    "quarantine": DeferredVerb(
        "adapters.cli.notices.quarantine:app", "What came and is not believed: kept raw, for a person to look at."
    ),
    "archive": DeferredVerb("adapters.cli.evidence.archive_verbs:verbs", "The archive that anybody can verify."),
    "evidence": DeferredVerb(
        "adapters.cli.evidence.evidence_verbs:verbs", "Evidence files for courts: made here, verified anywhere."
    ),
    "legal": DeferredVerb(
        "adapters.cli.legal.legal_verbs:verbs", "Legal effect, deadlines and certificates of service."
    ),
    "recovery": DeferredVerb(
        "adapters.cli.service.recovery:app", "After a restore: what may have been sent is asked about first."
    ),
    "mapping": DeferredVerb(
        "adapters.cli.versions.mapping_verbs:verbs", "Mapping files: how rows become notices, and messages outcomes."
    ),
    "profile": DeferredVerb(
        "adapters.cli.versions.profile_verbs:verbs", "Judiciary profiles: how the judiciary's service is spoken."
    ),
    "keys": DeferredVerb("adapters.cli.evidence.keys_verbs:verbs", "Keys and certificates."),
    "db": DeferredVerb("adapters.cli.service.database:app", "The gateway's own database."),
    "person": DeferredVerb(
        "adapters.cli.service.persons:app", "People who sign in to the console: docs/operate/people.md."
    ),
    "personal-data": DeferredVerb(
        "adapters.cli.service.personal_data:app", "All that is held about one person: docs/operate/personal-data.md."
    ),
    "mail": DeferredVerb(
        "adapters.cli.service.mail:app", "Mail to people: alarms, and the morning's work: docs/operate/mail.md."
    ),
    "config": DeferredVerb("adapters.cli.check.configuration:app", "The configuration in force."),
}


verbs: Final = DeferredVerbs(_VERBS, _GROUPS)
"""The program's verbs."""

add_optional_verbs(verbs)

app = typer.Typer(
    name="run_gateway.py",
    cls=verbs.group(),
    help="Eblagh Gateway: serves a municipality's legal notices through the judiciary, and proves it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def everywhere(
    context: typer.Context,
    utc: Annotated[
        bool, typer.Option("--utc", help="Show times in UTC; else by the Jalali calendar, in Tehran's time.")
    ] = False,
    language: Annotated[
        Language,
        typer.Option("--lang", envvar="EBLAGH_LANG", help="Of `status`, `notice show`, `legal`, `endpoint list`, …"),
    ] = Language.ENGLISH,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Serve a municipality's legal notices through the judiciary, and prove it. --utc and --lang may stand anywhere."""
    screen.utc, screen.language = utc, language
    # Everything that a verb opens is closed when the command line ends.
    context.with_resource(closing_installations())


def run() -> None:
    """Run the command line and exit."""
    try:
        assert_encoded(sys.argv[1:])
        app(_before_the_verb(sys.argv[1:]))
    except GatewayError as error:
        tell(error)
        sys.exit(exit_code(error))
    except ModuleNotFoundError as error:
        absent = missing_library(error)
        tell(absent)
        sys.exit(exit_code(absent))


def _before_the_verb(arguments: list[str]) -> list[str]:
    """Return the arguments with the options of `everywhere` before the verb, wherever they were typed."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    front, rest, words = [], [], iter(arguments[:end])
    for word in words:
        if word == "--utc" or word.startswith("--lang="):
            front.append(word)
        elif word == "--lang":
            front += [word, *([found] if (found := next(words, None)) is not None else [])]
        else:
            rest.append(word)
    return [*front, *rest, *arguments[end:]]
