"""Perform persons' actions, in the service or in this process.

`registry.ACTS` has every act by its name. `client.perform` requests an act from the service that runs here, over its
socket (`server`), which knows the account from the kernel. If no service runs, the act is done in this process.

May import: `contracts`, `crypto`, `people`, `settings`, `composition`.
"""
