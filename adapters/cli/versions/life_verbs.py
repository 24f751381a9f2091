"""The verbs of a version's life in a table of deferred verbs: the same for every subject, but for their texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.cli.deferred_verbs import DeferredVerb

_TEXTS: Final = {
    "list": "",
    "show": "",
    "history": "Show the history of a version: times, accounts and reasons.",
    "submit": "",
    "approve": "Approve a version that another account submitted.",
    "activate": "Put an approved version in force from a date on. Services take it over between two batches, without a "
    "reload.",
    "rollback": "",
    "retire": "",
    "export": "",
}
"""The verbs in their order, with the texts that are the same for most subjects."""


def life_verbs(place: str, texts: Mapping[str, str], show: str = "show") -> dict[str, DeferredVerb]:
    """Return a subject's verbs by their names; ``show`` is the name of the verb that shows a version.

    ``place`` (``module:name``) has its `adapters.cli.versions.version_life.bound_verbs`.
    """
    return {
        show if verb == "show" else verb: DeferredVerb(f"{place}.{verb}", text)
        for verb, text in (_TEXTS | dict(texts)).items()
    }
