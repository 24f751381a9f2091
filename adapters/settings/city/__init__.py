"""Settings of the city's other systems."""
