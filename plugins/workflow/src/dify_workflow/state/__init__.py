"""The state of a run: variables, frames, response sessions, and the machine that moves them. No I/O, no tasks."""
