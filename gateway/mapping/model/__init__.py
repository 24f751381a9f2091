"""Values, paths and schemas that compiler and program share."""
