"""The processes that serve HTTP: sockets, Hypercorn, signals, the supervisor of several workers, the lock of a home."""
