"""What the service shows of itself over HTTP: health for people and watchdogs, metrics for Prometheus."""
