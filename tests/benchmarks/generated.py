"""Trivial plugins made for a measurement: real modules with the metadata of one installed distribution."""

import compileall
from pathlib import Path

PREFIX = "trivial-"
"""How the names of the plugins begin."""

_MODULE = '''"""A plugin that starts and does nothing else."""

from dify_runtime_sdk import Plugin, Runtime


class Trivial(Plugin):
    """It starts."""

    async def start(self, runtime: Runtime) -> None:
        """Start."""
'''


def write_trivial_plugins(directory: Path, amount: int) -> list[str]:
    """Install `amount` plugins into `directory`, which goes on the path, compiled; returns their modules."""
    modules = [f"trivial_{number:05}" for number in range(amount)]
    for module in modules:
        (directory / f"{module}.py").write_text(_MODULE, encoding="utf-8")
    metadata = directory / "trivial_plugins-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: trivial-plugins\nVersion: 1.0\n", encoding="utf-8")
    points = [f"{module.replace('_', '-')} = {module}:Trivial\n" for module in modules]
    (metadata / "entry_points.txt").write_text("".join(["[dify_runtime.plugins]\n", *points]), encoding="utf-8")
    compileall.compile_dir(directory, quiet=2)
    return modules
