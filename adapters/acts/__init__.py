"""Acts of persons: what each is called, what it takes, what it does; and how one reaches the service that does it.

`registry.ACTS` has every act by its name. `client.perform` has an act done: by the service that runs here, over its
socket (`server`), which knows the account from the kernel; or in this process, where no service runs.
"""
