"""The back end `remote`: the sandbox service of Dify."""
