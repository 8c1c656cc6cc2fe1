"""The use cases: workspaces, members, logins, keys and end users."""
