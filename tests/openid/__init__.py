"""Sign-in at an OpenID provider that others wrote: `oidc-provider`, run by Node."""
