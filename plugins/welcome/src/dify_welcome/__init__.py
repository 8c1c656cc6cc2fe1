"""The first minute: example apps, what to type next, and a page to try apps on."""
