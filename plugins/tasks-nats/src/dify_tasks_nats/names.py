"""Names of queues and tasks as words of subjects, which may hold neither dots nor wildcards nor blanks."""

from urllib.parse import quote


def word(name: str) -> str:
    """The name as one word; different names give different words."""
    return quote(name, safe="").replace(".", "%2E").replace("~", "%7E")


def subject(stream: str, queue: str, task: str) -> str:
    """The subject of a task: one message of it may be held at a time."""
    return f"{stream}.{word(queue)}.{word(task)}"


def subjects(stream: str, queue: str) -> str:
    """The subjects of all tasks of a queue."""
    return f"{stream}.{word(queue)}.*"
