"""Output of `mapping preview`: the notice and message of each row, or its refusal."""

from __future__ import annotations

from adapters.composition.preview.previewed_row import CONFORMS, Previewed
from adapters.terminal.printing import console, table
from gateway.mapping import RowRefused
from gateway.mapping.kinds.notice_schemas import shown_tree
from gateway.versions.replay import flat


def show(previewed: Previewed) -> None:
    """Print one row's preview."""
    if previewed.error is not None:
        error = previewed.error
        console.print(f"[bold]row {previewed.key}[/]: [red]refused[/] {error.code} ({error.detail})", soft_wrap=True)
        reason = error.reason if isinstance(error, RowRefused) else f"{error.entry.fa} {error.entry.remedy_fa}"
        for line in reason.splitlines():
            console.print(f"  {line}", markup=False, soft_wrap=True)
        return
    assert previewed.notice is not None
    rows = table(f"row {previewed.key}", "target", "value")
    for path, value in flat(shown_tree(previewed.notice)):
        rows.add_row(path, "–" if value is None else str(value))
    console.print(rows)
    console.print(previewed.message, markup=False, soft_wrap=True)
    console.print(f"[green]good[/]: {CONFORMS}; the seal is made when the notice is admitted\n")
