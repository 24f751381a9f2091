"""Each narrow store beside its SQL; and the writing of what a commit holds for it."""
