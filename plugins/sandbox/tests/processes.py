"""The processes of a sandbox, seen from outside."""

import asyncio
import os
from pathlib import Path


def descendants(pid):
    """Every process below this one; zombies are left out."""
    found = []
    for children in Path("/proc").glob(f"{pid}/task/*/children"):
        for child in map(int, children.read_text().split()):
            if state(child) not in ("Z", None):
                found += [child, *descendants(child)]
    return found


def state(pid):
    """The letter that the kernel has for what the process does; None if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def busy(pid):
    """Whether the process has computed for a while: it runs code, and is not only being made."""
    try:
        spent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])
    except (FileNotFoundError, ProcessLookupError):
        return False
    return spent / os.sysconf("SC_CLK_TCK") > 0.05


def environment(pid):
    """The environment that the process was started with."""
    return Path(f"/proc/{pid}/environ").read_bytes()


async def until(condition):
    """Wait until it holds; the test's own limit of time ends a wait that is in vain."""
    while not condition():  # noqa: ASYNC110 - the kernel tells nobody
        await asyncio.sleep(0.01)
