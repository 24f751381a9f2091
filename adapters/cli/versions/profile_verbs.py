"""The verbs `profile`: making, checking and trying a judiciary profile, and the life of its versions."""

from __future__ import annotations

import typer

from adapters.cli.versions import profile_check, profile_init, profile_try, version_life
from adapters.cli.versions.life_subject import PROFILE

app = typer.Typer(help="Judiciary profiles: how the judiciary's service is spoken.", no_args_is_help=True)
app.command("init")(profile_init.init_profile)
app.command("check")(profile_check.check_profile)
app.command("try")(profile_try.try_profile)
version_life.add_verbs(app, PROFILE)
