"""The verbs `mapping`: files of mappings, their replay, and the life of their versions."""

from __future__ import annotations

from typing import Final

from adapters.cli.deferred_verbs import DeferredVerb, DeferredVerbs
from adapters.cli.versions.life_verbs import life_verbs

_HERE: Final = "adapters.cli.versions"

_FILES: Final = {
    "check": DeferredVerb(
        f"{_HERE}.mapping_check:check", "Compile mapping files and report every mistake with its line."
    ),
    "preview": DeferredVerb(
        f"{_HERE}.mapping_preview:preview",
        "Show the results of a mapping for real rows: the notice, the message, the schema's verdict, or the refusal.",
    ),
    "reference": DeferredVerb(
        f"{_HERE}.mapping_reference:reference",
        "Print the page docs/reference/mapping-reference.md: every key, kind, target and transform.",
    ),
    "replay": DeferredVerb(
        f"{_HERE}.mapping_replay:replay_file",
        "Show, field by field, the differences that a draft makes for rows that became notices.",
    ),
    "import": DeferredVerb(
        f"{_HERE}.mapping_life:import_mapping",
        "Store a file as the next version of its mapping; exit 1 if the case database lacks columns that it reads or "
        "writes.",
    ),
}

_LIFE: Final = {
    "list": "List every version of every mapping, and what is in force for each source now and later.",
    "show": "Show one version: its state and its contents.",
    "submit": "Ask another person to approve a version; its columns are looked for once more.",
    "rollback": "Put the version before in force again, at once; planned ones are dropped. "
    "Earlier notices stay unchanged.",
    "retire": "End a version for good: an unwanted draft, or one that is in force nowhere any more.",
    "export": "Write a version's exact octets into a file, for version control.",
}

verbs: Final = DeferredVerbs(_FILES | life_verbs(f"{_HERE}.mapping_life:life", _LIFE))
