"""Differences between the ledgers, and lateness, are reported with who must act.

It corrects nothing and moves no notice. It writes only its inquiries with their answers, and a record of itself
(`gateway.reconciliation.report`).

May import: `runtime`, `notice`, `record`, `store`, `judiciary`, `operations`, `mapping`, `quarantine`, `intake`,
`sending`, `writeback`.
"""
