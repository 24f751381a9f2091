"""Receipts in a contract's own forms: found in its answers, judged, and read by a mapping."""
