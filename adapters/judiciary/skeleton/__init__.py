"""First files of a profile, made from a service's published contract; a person fills in what no contract says."""
