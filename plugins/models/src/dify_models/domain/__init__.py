"""Rules without services: names, parameters, prices."""
