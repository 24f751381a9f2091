"""Parts of passes that are constructed by themselves."""
