"""Differences between the ledgers, and lateness, are reported with who must act.

It tells what does not agree, and who must act. It mends nothing: no notice moves by it, and all that it writes are the
messages of its inquiries with their answers, and a record of itself (`gateway.reconciliation.report`).

May import: `runtime`, `notice`, `record`, `store`, `judiciary`, `operations`, `mapping`, `quarantine`, `intake`,
`sending`, `writeback`.
"""
