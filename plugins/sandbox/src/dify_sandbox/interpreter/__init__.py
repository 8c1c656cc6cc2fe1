"""The back end `interpreter`: subsets of Python and JavaScript inside this process."""
