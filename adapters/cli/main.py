"""The entry point: collects the verbs and turns errors into messages and exit codes."""

from __future__ import annotations

import sys

import typer

from adapters.cli import (
    archive,
    bench,
    check,
    configuration,
    database,
    demo,
    demo_store,
    endpoints,
    errors,
    evidence,
    keys,
    mapping,
    mapping_life,
    mapping_replay,
    notices,
    passes,
    profile_life,
    quarantine,
    queue,
    reconcile,
    recovery,
    retention,
    sandbox,
    serve,
    sources,
    status,
    switch,
)
from adapters.cli.console import exit_code, tell
from adapters.cli.installation import closing_installations
from gateway.errors import GatewayError

app = typer.Typer(
    name="run_gateway.py",
    help="Eblagh Gateway: serves a municipality's legal notices through the judiciary, and proves it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("demo-store")(demo_store.serve)
app.command("serve")(serve.serve)
app.command("run-once")(passes.run_once)
app.command("status")(status.status)
app.command("reconcile")(reconcile.reconcile_ledgers)
app.command("check")(check.check)
app.command("stop-everything")(switch.stop_everything)
app.command("resume")(switch.resume)
app.command("errors")(errors.show_errors)
app.add_typer(notices.app, name="notice")
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
mapping.app.command("list")(mapping_life.list_versions)
mapping.app.command("show")(mapping_life.show_version)
mapping.app.command("history")(mapping_life.show_history)
mapping.app.command("import")(mapping_life.import_file)
mapping.app.command("replay")(mapping_replay.replay_file)
mapping.app.command("submit")(mapping_life.submit)
mapping.app.command("approve")(mapping_life.approve)
mapping.app.command("activate")(mapping_life.activate)
mapping.app.command("rollback")(mapping_life.roll_back)
mapping.app.command("retire")(mapping_life.retire)
mapping.app.command("export")(mapping_life.export)
app.add_typer(mapping.app, name="mapping")
app.add_typer(profile_life.app, name="profile")
app.add_typer(keys.app, name="keys")
app.add_typer(database.app, name="db")
app.add_typer(configuration.app, name="config")
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(bench.app, name="bench")


@app.callback()
def begin(context: typer.Context) -> None:
    """Close what a verb opens when the command line ends."""
    context.with_resource(closing_installations())


def run() -> None:
    """Run the command line and exit."""
    try:
        app()
    except GatewayError as error:
        tell(error)
        sys.exit(exit_code(error))
