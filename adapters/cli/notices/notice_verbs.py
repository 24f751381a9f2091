"""The verbs `notice`: each is imported when it is typed."""

from __future__ import annotations

from adapters.cli.deferred_verbs import DeferredVerb, DeferredVerbs

verbs = DeferredVerbs(
    {
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
            "adapters.cli.notices.notice_show:show",
            "Show a notice: its present, its history, and what proves each step.",
        ),
    }
)
