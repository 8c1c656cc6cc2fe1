"""Python warnings: into the log, and no more of them than are of use."""
