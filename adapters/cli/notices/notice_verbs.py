"""The verbs `notice`: each is imported when it is typed."""

from __future__ import annotations

from typing import Final

import typer

from adapters.cli.deferred_verbs import DeferredGroup, DeferredVerb, DeferredVerbs

_VERBS: Final = {
    "list": DeferredVerb(
        "adapters.cli.notices.notice_list:list_notices", "List notices by reference, a page at a time."
    ),
    "find": DeferredVerb(
        "adapters.cli.notices.notice_search:find",
        "Find notices by what is known of them, newest first; exit 1 if there is none.",
    ),
    "report": DeferredVerb(
        "adapters.cli.notices.notice_report:report",
        "Count notices that were admitted in a period of days of Tehran, by where they stand now.",
    ),
    "show": DeferredVerb(
        "adapters.cli.notices.notice_show:show", "Show a notice: its present, its history, and what proves each step."
    ),
}


class NoticeVerbs(DeferredGroup):
    """The verbs of a notice."""

    verbs = DeferredVerbs(_VERBS, {})


app = typer.Typer(cls=NoticeVerbs, help="Notices and their history.", no_args_is_help=True)
