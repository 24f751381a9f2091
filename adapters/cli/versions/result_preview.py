"""Output of `mapping preview` for a mapping of results: the values to write into each row."""

from __future__ import annotations

from adapters.composition.preview.previewed_result import PreviewedResult, plain_values
from adapters.terminal.printing import console, table
from gateway.mapping.model.refusal import Unmapped


def show_result(previewed: PreviewedResult) -> None:
    """Print one row's preview."""
    if previewed.error is not None:
        error = previewed.error
        console.print(
            f"[bold]row {previewed.key}[/]: [red]not written[/] {error.code} ({error.detail})", soft_wrap=True
        )
        reason = error.reason if isinstance(error, Unmapped) else f"{error.entry.fa} {error.entry.remedy_fa}"
        console.print(f"  {reason}", markup=False, soft_wrap=True)
        return
    if previewed.own is None:
        console.print(f"[bold]row {previewed.key}[/]: nothing to tell of it yet", soft_wrap=True)
        return
    rows = table(f"row {previewed.key}", "column", "value")
    for name, value in plain_values(previewed.own.values).items():
        rows.add_row(name, "–" if value is None else str(value))
    console.print(rows)
