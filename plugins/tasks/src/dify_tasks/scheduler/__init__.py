"""The scheduler: queues a task each time its schedule is due."""
