"""The keys that the back end makes up itself. Values, counters and streams are at the keys that callers give."""


def derived(kind: str, name: str) -> str:
    """The key of what is kept for `name`; the keys of all kinds for one name have one slot of a cluster.

    A cluster hashes what stands between the first `{` and the next `}`, unless that is nothing. So a name that has
    such a tag keeps it, and lives with other keys of that tag; any other name becomes the tag. What follows the first
    colon tells the cases apart, so that no two names have the same key.
    """
    if _tagged(name):
        return f"{kind}::{name}"
    if not name or name.startswith("}"):  # as a tag it would be empty, and the keys would part
        return f"{kind}:-{{-{name}}}"
    return f"{kind}:{{{name}}}"


def _tagged(name: str) -> bool:
    _, opened, rest = name.partition("{")
    tag, closed, _ = rest.partition("}")
    return bool(opened and closed and tag)
