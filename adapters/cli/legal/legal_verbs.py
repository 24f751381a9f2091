"""The verbs `legal`, each in the module of its noun: docs/operate/legal-rules.md, docs/audit/certificate.md."""

from __future__ import annotations

from typing import Final

from adapters.cli.deferred_verbs import DeferredVerb, DeferredVerbs
from adapters.cli.versions.life_verbs import life_verbs

_HERE: Final = "adapters.cli.legal"


def _life_verbs(name: str, *, activate: str, rollback: str) -> dict[str, DeferredVerb]:
    """Return the verbs of the life of ``name``, which is `rules` or `calendar`."""
    texts = {
        "list": f"List every version of the {name}, and what is in force now and later.",
        "show": "Show one version: its state and its files.",
        "submit": "Ask another person to approve a version; it is checked once more.",
        "activate": activate,
        "rollback": rollback,
        "retire": "End a version for good: an unwanted draft, or one that is not in force any more.",
        "export": "Write a version's files into a new folder, or its exact octets into a file.",
    }
    return life_verbs(f"{_HERE}.law_life:{name}", texts, show="show-version")


_RULES: Final = {
    "check": DeferredVerb(
        f"{_HERE}.rules_verbs:check_rules",
        "Refuse gaps, overlaps, unknown kinds and missing sources; list what counsel must confirm.",
    ),
    "import": DeferredVerb(
        f"{_HERE}.law_life:import_rules",
        "Store a folder of rules as their next version; exit 1 if `legal rules check` would refuse it.",
    ),
    **_life_verbs(
        "rules",
        activate="Put an approved version in force from a date on, for notices that arrive from then on. "
        "Notices that have arrived keep the rules of their day.",
        rollback="Put the version before in force again, at once, for notices that arrive from now on; planned ones "
        "are dropped.",
    ),
}

_CALENDAR: Final = {
    "check": DeferredVerb(
        f"{_HERE}.calendar_verbs:check_calendar",
        "Refuse gaps, overlaps, unknown provinces and missing sources; count what must be confirmed.",
    ),
    "show": DeferredVerb(
        f"{_HERE}.calendar_verbs:show_calendar",
        "Show the days of a month on which offices are closed, with reason and source.",
    ),
    "seed": DeferredVerb(
        f"{_HERE}.calendar_verbs:seed_calendar",
        "Make files of the calendar from the Python package `holidays`; without --into, print them.",
    ),
    "import": DeferredVerb(
        f"{_HERE}.law_life:import_calendar",
        "Store a folder of the calendar as its next version; exit 1 if `legal calendar check` would refuse it.",
    ),
    **_life_verbs(
        "calendar",
        activate="Put an approved version in force from a date on, for all notices. The deadlines that it moves are "
        "listed, and recorded.",
        rollback="Put the version before in force again, at once; planned ones are dropped. The deadlines that it "
        "moves are listed, and recorded.",
    ),
}

rules: Final = DeferredVerbs(_RULES)
calendar: Final = DeferredVerbs(_CALENDAR)
verbs: Final = DeferredVerbs(
    {
        "deadline": DeferredVerb(
            f"{_HERE}.deadline_verb:deadline",
            "Compute the last day of what a notice starts, step by step, by rules and office calendar.",
        ),
        "due": DeferredVerb(
            f"{_HERE}.due_verb:due",
            "List deadlines whose last day is near, and notices that may not be served in time.",
        ),
        "outages": DeferredVerb(
            f"{_HERE}.outages_verb:outages",
            "List the times in which the gateway did not run, or the judiciary answered no call, by our own "
            "measurements.",
        ),
        "outage-certificate": DeferredVerb(
            f"{_HERE}.outage_certificate_verb:outage_certificate",
            "Issue a certificate of the measured outages, and print it: a Persian PDF for a case file.",
        ),
        "notice": DeferredVerb(
            f"{_HERE}.notice_verb:notice",
            "Derive a notice's legal effect as it stands at the end of a day, and the last days of what it started.",
        ),
        "compare": DeferredVerb(
            f"{_HERE}.compare_verb:compare",
            "List the deadlines of served notices that other rules, or another calendar, would move: old and new, with "
            "the reason.",
        ),
        "certificate": DeferredVerb(
            f"{_HERE}.certificate_verbs:certificate",
            "Issue the certificate of service of a notice, and print it: a PDF for a case file.",
        ),
        "certificate-page": DeferredVerb(
            f"{_HERE}.certificate_verbs:certificate_page",
            "Write the page that verifies certificates offline: one HTML file, to be published beside the key's "
            "fingerprint.",
        ),
        "certificate-verify": DeferredVerb(
            "adapters.verifier.verbs.printed_certificate:verify",
            "Verify a certificate of service; exit 1 if it is not in a trusted log, or of another history.",
        ),
    },
    {
        "rules": DeferredVerb(f"{_HERE}.legal_verbs:rules", "Files of rules: what each kind of notice starts."),
        "calendar": DeferredVerb(f"{_HERE}.legal_verbs:calendar", "Office calendar: days on which offices are closed."),
    },
)
