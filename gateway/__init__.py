"""The life of a notice: decisions and orchestration. Nothing here opens a socket, a file or a database."""
