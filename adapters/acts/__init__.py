"""Perform persons' actions, in the service or in this process.

`registry.ACTS` has every act by its name. `client.perform` has an act done: by the service that runs here, over its
socket (`server`), which knows the account from the kernel; or in this process, where no service runs.

May import: `contracts`, `crypto`, `settings`, `composition`.
"""
