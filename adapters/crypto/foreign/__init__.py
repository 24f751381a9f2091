"""XML signatures of documents that others sign in a form of their own, within a policy."""
