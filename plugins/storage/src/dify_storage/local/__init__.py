"""The back end `local`: files below one directory."""
