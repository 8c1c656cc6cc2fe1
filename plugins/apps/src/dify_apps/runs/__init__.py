"""Runs: their tasks, logs and rows, readers in any process, and what becomes of them when their process dies."""
