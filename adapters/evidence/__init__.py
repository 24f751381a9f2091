"""Evidence files as the gateway makes them: an ASiC-E container, its signature, and the pages for people in it."""
