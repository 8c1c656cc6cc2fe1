"""The back end in Redis: a single server, a master found by Sentinels, or a cluster; shared by all processes."""
