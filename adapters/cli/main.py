"""Entry point: collects the verbs and turns errors into messages and exit codes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from adapters.cli import errors, sources
from adapters.cli.check import check, configuration
from adapters.cli.common.installation import closing_installations
from adapters.cli.evidence import archive, evidence, keys, recipients, retention
from adapters.cli.notices import notices, quarantine, queue, reconcile, rows, status
from adapters.cli.optional_verbs import add_optional_verbs, missing_library
from adapters.cli.service import database, endpoints, mail, passes, personal_data, persons, recovery, serve, switch
from adapters.cli.versions import mapping, mapping_replay, profile_check, profile_init, profile_try, version_life
from adapters.cli.versions.life_subject import MAPPING, PROFILE
from adapters.shipped.resources import version
from adapters.terminal.printing import Language, console, exit_code, screen, tell
from adapters.terminal.usage import PlainGroup
from gateway.runtime.errors import GatewayError


def _tell_version(wanted: bool) -> None:
    if wanted:
        console.print(f"Eblagh Gateway {version()}", markup=False)
        raise typer.Exit


app = typer.Typer(
    name="run_gateway.py",
    cls=PlainGroup,
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
        typer.Option("--lang", envvar="EBLAGH_LANG", help="Of `status`, `endpoint list` and `rows refused`."),
    ] = Language.ENGLISH,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Serve a municipality's legal notices through the judiciary, and prove it. --utc and --lang may stand anywhere."""
    screen.utc, screen.language = utc, language
    # Everything that a verb opens is closed when the command line ends.
    context.with_resource(closing_installations())


app.command("serve")(serve.serve)
app.command("run-once")(passes.run_once)
app.command("status")(status.status)
app.command("reconcile")(reconcile.reconcile_ledgers)
app.command("check")(check.check)
app.command("stop-everything")(switch.stop_everything)
app.command("resume")(switch.resume)
app.command("errors")(errors.show_errors)
app.add_typer(notices.app, name="notice")
app.add_typer(rows.app, name="rows")
app.add_typer(queue.app, name="queue")
app.add_typer(sources.app, name="source")
app.add_typer(endpoints.app, name="endpoint")
app.add_typer(quarantine.app, name="quarantine")
archive.app.command("leave")(retention.leave)
archive.app.command("purge")(retention.purge_payloads)
archive.app.add_typer(retention.holds, name="hold")
app.add_typer(archive.app, name="archive")
app.add_typer(evidence.app, name="evidence")
app.add_typer(recovery.app, name="recovery")
mapping.app.command("replay")(mapping_replay.replay_file)
version_life.add_verbs(mapping.app, MAPPING)
app.add_typer(mapping.app, name="mapping")
profiles = typer.Typer(help="Judiciary profiles: how the judiciary's service is spoken.", no_args_is_help=True)
profiles.command("init")(profile_init.init_profile)
profiles.command("check")(profile_check.check_profile)
profiles.command("try")(profile_try.try_profile)
version_life.add_verbs(profiles, PROFILE)
app.add_typer(profiles, name="profile")
keys.app.add_typer(recipients.app, name="recipients")
app.add_typer(keys.app, name="keys")
database.app.command("index-recipients")(recipients.index)
app.add_typer(database.app, name="db")
app.add_typer(persons.app, name="person")
app.add_typer(personal_data.app, name="personal-data")
app.add_typer(mail.app, name="mail")
app.add_typer(configuration.app, name="config")
add_optional_verbs(app)


def run() -> None:
    """Run the command line and exit."""
    try:
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
