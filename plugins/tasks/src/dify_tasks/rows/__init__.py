"""The rows of tasks: what is done with them, and the broker that needs nothing else."""
