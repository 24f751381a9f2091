"""Sessions with a judiciary's service: a token by login, shared by processes, renewed on time and on its code."""
