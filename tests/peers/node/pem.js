import { readFileSync } from "node:fs";

// Returns the first certificate of a PEM file, in PEM.
export function certificate(file) {
  return readFileSync(file, "utf8").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/)[0];
}
