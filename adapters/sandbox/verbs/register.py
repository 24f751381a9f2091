"""Verbs of the sandbox, which the program finds by the entry point ``eblagh_gateway.verbs``."""

from __future__ import annotations

from adapters.cli.deferred_verbs import DeferredVerb, DeferredVerbs

_HERE = "adapters.sandbox.verbs"


def register(verbs: DeferredVerbs) -> None:
    """Add `demo`, `demo-store`, `sandbox` and `keys generate-dev` to the program's verbs."""
    demo = "Watch notices go from a case database to a sandbox judiciary and come back as served."
    store = "Run a demonstration's PostgreSQL until interrupted. Prints one line when it is ready."
    sandbox = "The sandbox judiciary: a stand-in whose contract is ours."
    verbs.add_verb("demo", DeferredVerb(f"{_HERE}.demo:demo", demo))
    verbs.add_verb("demo-store", DeferredVerb(f"{_HERE}.demo_store:serve", store))
    verbs.add_group("sandbox", DeferredVerb(f"{_HERE}.sandbox:app", sandbox))
    keys = "Make keys and certificates for development and demonstration. Never for real notices."
    verbs.add_to_group("keys", "generate-dev", DeferredVerb(f"{_HERE}.development_keys:generate_dev", keys))
