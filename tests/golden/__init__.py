"""Golden files of everything that is stored, or read by others: `docs/design/frozen.md`."""
