"""The verbs `bench`, which the program finds by the entry point ``eblagh_gateway.verbs``."""

from __future__ import annotations

from adapters.cli.deferred_verbs import DeferredVerb, DeferredVerbs


def register(verbs: DeferredVerbs) -> None:
    """Add `bench` to the program's verbs."""
    verbs.add_group("bench", DeferredVerb("adapters.bench.verb:app", "Benchmarks: ratios of one run on one machine."))
