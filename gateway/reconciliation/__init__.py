"""Reconciliation: case databases, our own store and the judiciary, side by side, for a range of time.

It tells what does not agree, and who must act. It mends nothing: no notice moves by it, and all that it writes are the
messages of its inquiries with their answers, and a record of itself (`gateway.reconciliation.report`).
"""
