"""Values, paths and schemas shared by compiler and program."""
