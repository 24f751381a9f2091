"""Answer other bodies that read the state of service, each by its agreement."""
