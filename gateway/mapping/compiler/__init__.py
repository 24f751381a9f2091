"""Read a mapping file, check it and compile it; every mistake has line and remedy."""
