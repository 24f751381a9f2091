"""Tools that we did not write: they check what we sign, and sign what we check."""
