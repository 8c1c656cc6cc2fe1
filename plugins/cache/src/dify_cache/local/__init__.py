"""The back end in the process: state of one runtime, gone when it stops."""
