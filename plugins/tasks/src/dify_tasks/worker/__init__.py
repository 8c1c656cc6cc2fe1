"""The worker: takes tasks, runs them through taskiq, and writes how they ended."""
