"""HTTP towards others, for every edge that is a client: bounded in time and size, and nowhere but where it was sent."""
