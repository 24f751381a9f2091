"""The verbs `archive`: the operator's work for auditors, the auditors' own, and those of retention."""

from __future__ import annotations

from typing import Final

from adapters.cli.deferred_verbs import DeferredVerb, DeferredVerbs

_HERE: Final = "adapters.cli.evidence"

hold: Final = DeferredVerbs(
    {
        "add": DeferredVerb(f"{_HERE}.holds:add", "Hold a notice or a case: nothing about it is deleted from now on."),
        "remove": DeferredVerb(
            f"{_HERE}.holds:remove", "Hold it no longer: its class decides again when payloads are deleted."
        ),
        "list": DeferredVerb(f"{_HERE}.holds:list_holds", "List what is held."),
    }
)

verbs: Final = DeferredVerbs(
    {
        "override": DeferredVerb(
            f"{_HERE}.proof:override",
            "Allow sending although events cannot be proven by a time-stamp. The account that allows it is on record.",
        ),
        "pins": DeferredVerb(
            f"{_HERE}.pins:pins", "Write the certificates that may sign receipts and seals, for auditors."
        ),
        "write": DeferredVerb(
            f"{_HERE}.archive:write",
            "Make a checkpoint and write every segment that it covers, now: for an auditor's visit.",
        ),
        "set-aside": DeferredVerb(
            f"{_HERE}.archive:set_history_aside",
            "After a restore: set aside the records of archive and witnesses that this store has forgotten; nothing "
            "is deleted.",
        ),
        "accept-damage": DeferredVerb(
            f"{_HERE}.archive:accept_damaged_payload",
            "Take note, on record, of a damaged payload that the archive was written without: its alarm ends.",
        ),
        "checkpoint": DeferredVerb(
            f"{_HERE}.checkpoints:checkpoint",
            "Show the newest checkpoint. A person who keeps it can prove later that history was rewritten.",
        ),
        "key": DeferredVerb(
            f"{_HERE}.checkpoints:key",
            "Show the line by which auditors know the archive's key; they keep it as a file ….vkey.",
        ),
        "prove": DeferredVerb(
            f"{_HERE}.checkpoints:prove",
            "Write the proof that a later checkpoint goes on from an earlier one: `consistency --proof` checks it.",
        ),
        "verify": DeferredVerb(
            "adapters.verifier.verbs.archive:verify", "Verify a whole archive offline; exit 1 if a check failed."
        ),
        "consistency": DeferredVerb(
            "adapters.verifier.verbs.consistency:consistency",
            "Prove that nothing before an earlier checkpoint was rewritten or removed; exit 1 unless that is proven.",
        ),
        "leave": DeferredVerb(
            f"{_HERE}.retention:leave",
            "Remove records that stand in verified segments from the database, now; records in use stay.",
        ),
        "purge": DeferredVerb(
            f"{_HERE}.retention:purge_payloads",
            "Delete payloads whose life is over; each deletion is on record, in the archive, before it happens.",
        ),
    },
    {
        "hold": DeferredVerb(f"{_HERE}.archive_verbs:hold", "What persons want to be kept, whatever its class says."),
    },
)
