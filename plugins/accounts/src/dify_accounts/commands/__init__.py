"""The commands `setup`, `accounts` and `keys`."""
