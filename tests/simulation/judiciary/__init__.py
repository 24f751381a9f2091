"""The simulated judiciary: its service, the network before it, and the wire by which a courier speaks with it."""
