"""The verbs `evidence`: the operator's, and the auditors' own."""

from __future__ import annotations

from typing import Final

from adapters.cli.deferred_verbs import DeferredVerb, DeferredVerbs

verbs: Final = DeferredVerbs(
    {
        "export": DeferredVerb(
            "adapters.cli.evidence.evidence:export_file",
            "Write the evidence file of a notice, or of a case; exit 1 if a notice is left out, since a record is "
            "damaged.",
        ),
        "verify": DeferredVerb(
            "adapters.verifier.verbs.evidence:verify", "Verify an evidence file offline; exit 1 if a check failed."
        ),
    }
)
