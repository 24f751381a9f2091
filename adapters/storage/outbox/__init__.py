"""Rows about notices: steps, leases, refusals, quarantine, versions, pushed rows."""
