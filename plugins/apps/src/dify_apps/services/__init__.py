"""What the operations of the Service API read and change, one module per resource.

Each function names the app, and where rows belong to end users, whose they are: others are not found.
"""
