"""Every request: who may go on, with which form, headers, cookies, files and acts."""
