"""Where the judiciary brings receipts: a SOAP service of ours, by a contract of theirs."""
