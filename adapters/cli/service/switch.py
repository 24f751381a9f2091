"""The verbs `stop-everything` and `resume`: one switch for every pass of every process, on record."""

from __future__ import annotations

from adapters.acts.upkeep_facts import switch_facts
from adapters.cli.common.acting_account import ReasonOption, by, perform
from adapters.cli.common.installation import installation_of
from adapters.composition.overview.machine_processes import running
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption, JsonOption, console, print_json

__all__ = ["resume", "stop_everything", "switch_facts"]


def stop_everything(reason: ReasonOption, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Begin no further batch of any pass, in any process, until `resume`. A batch under way is finished."""
    _throw("stop-everything", reason, config, as_json, stopped=True)


def resume(reason: ReasonOption, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Resume everything that `stop-everything` stopped."""
    _throw("resume", reason, config, as_json, stopped=False)


def _throw(name: str, reason: str, config: ConfigOption, as_json: bool, *, stopped: bool) -> None:
    installation = installation_of(config)
    facts = perform(installation, name, reason)
    if as_json:
        print_json(facts)
        return
    state = "everything is stopped" if stopped else "nothing is stopped"
    already = "" if facts["changed"] else " already; nothing was recorded"
    console.print(f"{state}{already}", soft_wrap=True)
    if facts["changed"]:
        console.print(f"by {by(facts)}", markup=False, soft_wrap=True)
    if not stopped and not running(installation.store().processes.known(), installation.clock()).alive:
        console.print("no service runs: nothing goes on until it is started (`serve`)", soft_wrap=True)
