"""Show a configuration to people: each value with its origin and its explanation."""
