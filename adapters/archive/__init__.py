"""The archive on disk: segments as ZIP files, written by the gateway and read by anybody."""
