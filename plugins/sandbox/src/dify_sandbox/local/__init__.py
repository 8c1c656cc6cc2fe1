"""The back end `local`: bubblewrap around one process per call."""
