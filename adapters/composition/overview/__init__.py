"""Facts of an installation for `gateway.overview`, which the CLI and the web console show."""
