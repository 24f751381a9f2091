"""An auditor has a verdict and a reason for each check, without us.

May import: `runtime`, `notice`, `merkle`, `record`, `trust`, `evidence`, `archive`.
"""
