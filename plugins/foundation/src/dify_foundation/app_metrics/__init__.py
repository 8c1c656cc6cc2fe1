"""What a process tells about itself: version headers, health, threads, plugins."""
