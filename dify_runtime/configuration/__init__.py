"""Settings: six layers resolved into one traced mapping, from which every plugin's model is validated on its own."""
