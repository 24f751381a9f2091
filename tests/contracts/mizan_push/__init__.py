"""The service of tests/contracts/mizan in a third shape: it brings its slips to us, in either version of SOAP."""
