"""SOAP services of ours: the strict door, spyne behind it, and the signer of what leaves. Lies under the servers."""
