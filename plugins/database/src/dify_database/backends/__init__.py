"""The two databases behind the service `Database`."""
