"""The broker of production: Redis Streams through taskiq-redis."""
