"""The edge to the judiciary's notice service: one folder of contract, one courier for it."""
