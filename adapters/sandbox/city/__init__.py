"""Stand-ins of the city's other systems, each a process of its own with its own ledger."""
