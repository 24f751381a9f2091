"""`stop-everything` and `resume`: one switch for every pass of every process, on record."""

from __future__ import annotations

import json
from typing import Any

from adapters.cli.account import ReasonOption, account, act
from adapters.cli.console import DEFAULT_CONFIG, ConfigOption, JsonOption, console, print_json
from adapters.cli.installation import installation_of
from gateway.act import NOT_AUTHENTICATED
from gateway.clock import timestamp
from gateway.intervention import throw_switch
from gateway.store import Store


def stop_everything(reason: ReasonOption, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Begin no further batch of any pass, in any process, until `resume`. A batch under way is finished."""
    _throw("stop-everything", reason, config, as_json, stopped=True)


def resume(reason: ReasonOption, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Let everything go on that `stop-everything` stopped."""
    _throw("resume", reason, config, as_json, stopped=False)


def switch_facts(store: Store) -> dict[str, Any]:
    """Whether everything is stopped; where the switch was ever used, since when, by whom and why."""
    last = store.switch()
    if last is None:
        return {"stopped": False}
    record = store.record(last.evidence_id)
    told = json.loads(store.payload(record.payload_digest)) if record else {}
    who = {name: told.get(name) for name in ("account", "authentication", "reason")}
    return {"stopped": last.stopped, "since": timestamp(last.since), **who, "evidence": last.evidence_id}


def _throw(name: str, reason: str, config: ConfigOption, as_json: bool, *, stopped: bool) -> None:
    installation = installation_of(config)
    store = installation.store()
    this = act(name, reason, installation.clock)
    changed = throw_switch(store, this, installation.settings.gateway.name, stopped=stopped)
    if as_json:
        print_json({"changed": changed, **switch_facts(store)})
        return
    state = "stopped" if stopped else "running"
    already = "" if changed else " already; nothing was recorded"
    console.print(f"everything is {state}{already}", soft_wrap=True)
    if changed:
        console.print(f"by {account()} ({NOT_AUTHENTICATED})", markup=False, soft_wrap=True)
