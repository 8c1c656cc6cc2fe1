"""A broker of tasks on NATS JetStream."""
