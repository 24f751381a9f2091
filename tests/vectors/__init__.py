"""Files that others could send, each with what becomes of it."""
