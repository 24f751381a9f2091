"""The stand-in judiciary behind its contracts: requests, ledger, receipts, faults."""
