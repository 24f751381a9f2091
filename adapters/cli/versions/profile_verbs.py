"""The verbs `profile`: making, checking and trying a judiciary profile, and the life of its versions."""

from __future__ import annotations

from typing import Final

from adapters.cli.deferred_verbs import DeferredVerb, DeferredVerbs
from adapters.cli.versions.life_verbs import life_verbs

_HERE: Final = "adapters.cli.versions"

_FOLDERS: Final = {
    "init": DeferredVerb(
        f"{_HERE}.profile_init:init_profile", "Write the first version of a profile from a service's contract."
    ),
    "check": DeferredVerb(
        f"{_HERE}.profile_check:check_profile",
        "Check a profile's folder against its contract: blanks, mistakes and losses; exit 1 unless it can be used.",
    ),
    "try": DeferredVerb(
        f"{_HERE}.profile_try:try_profile",
        "Run a notice through every operation of a profile's folder, against an echo of its contract; nothing is sent.",
    ),
    "import": DeferredVerb(
        f"{_HERE}.profile_life:import_profile",
        "Store a profile's files as its next version; exit 1 if they do not bind its contract.",
    ),
}

_LIFE: Final = {
    "list": "List every version of every profile, and what is in force for the judiciary now and later.",
    "show": "Show one version: its state, its files, its profile.toml, and the guarantees that it gives up.",
    "submit": "Ask another person to approve a version; its contract is bound once more.",
    "rollback": "Put the version before in force again, at once; planned ones are dropped. "
    "Earlier messages stay unchanged.",
    "retire": "End a version for good: an unwanted draft, or one of whose format no receipts are expected any more.",
    "export": "Write a version's files into a new folder, or its exact octets into a file, for version control.",
}

verbs: Final = DeferredVerbs(_FOLDERS | life_verbs(f"{_HERE}.profile_life:life", _LIFE))
