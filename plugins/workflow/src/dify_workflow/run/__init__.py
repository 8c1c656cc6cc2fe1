"""Runs: the machine brought to life with tasks, a clock, a journal and a reader."""
