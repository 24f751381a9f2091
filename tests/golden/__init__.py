"""Golden files of everything that is stored, or read by others: `docs/frozen.md` says what is frozen and how to add."""
