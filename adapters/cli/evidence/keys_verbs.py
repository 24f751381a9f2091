"""The verbs `keys`, and those of the lists of revoked certificates and of the recipients' keys."""

from __future__ import annotations

from typing import Final

from adapters.cli.deferred_verbs import DeferredVerb, DeferredVerbs

_HERE: Final = "adapters.cli.evidence"

revocation: Final = DeferredVerbs(
    {
        "list": DeferredVerb(
            f"{_HERE}.revocation:list_lists",
            "Show the newest list of each authority, and what is wrong; exit 1 if something is.",
        ),
        "fetch": DeferredVerb(
            f"{_HERE}.revocation:fetch",
            "Fetch every list now, from the addresses and the folder of [revocation]; exit 1 if one is refused.",
        ),
        "import": DeferredVerb(
            f"{_HERE}.revocation:import_lists",
            "Take lists from files, as on a closed network; each is verified as if it had been fetched.",
        ),
    }
)

recipients: Final = DeferredVerbs(
    {
        "create": DeferredVerb(
            f"{_HERE}.recipients:create",
            "Make the first key, in a file that its owner alone may read. Back it up with the other keys.",
        ),
        "rotate": DeferredVerb(
            f"{_HERE}.recipients:rotate",
            "Put a new key in force; the earlier ones stay in the file until all notices are found by the new one.",
        ),
        "retire": DeferredVerb(
            f"{_HERE}.recipients:retire",
            "Take the earlier keys out of the file; refused while a notice is found by one of them only.",
        ),
        "list": DeferredVerb(
            f"{_HERE}.recipients:list_keys",
            "List the keys by their ids, and how many notices are found by each; exit 1 if one is missing or unknown.",
        ),
    }
)

verbs: Final = DeferredVerbs(
    {
        "list": DeferredVerb(
            f"{_HERE}.keys:list_keys",
            "List the certificates that the configuration names, with their fingerprints; exit 1 if one is not valid "
            "now.",
        ),
    },
    {
        "revocation": DeferredVerb(
            f"{_HERE}.keys_verbs:revocation", "Revocation lists (CRLs) of the authorities in use."
        ),
        "recipients": DeferredVerb(
            f"{_HERE}.keys_verbs:recipients", "The keys by which notices are found by their recipients."
        ),
    },
)
