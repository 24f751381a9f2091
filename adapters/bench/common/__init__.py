"""Machine, memory, samples, configuration and charts of every measurement."""
