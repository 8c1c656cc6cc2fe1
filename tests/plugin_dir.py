"""A plugin as it looks once installed: a module and its metadata in a directory that stands for `site-packages`."""

from pathlib import Path


def write_plugin(
    directory: Path,
    name: str,
    code: str,
    *,
    distribution: str | None = None,
    version: str = "1.0",
    value: str | None = None,
) -> Path:
    """Install `code` as the plugin `name` into `directory`, which goes on `sys.path` or `PYTHONPATH`.

    `value` is the entry point's object, by default `<module>:One`. Returns the module's file.
    """
    directory.mkdir(parents=True, exist_ok=True)
    module = directory / f"{name.replace('-', '_').lower()}.py"
    module.write_text(code, encoding="utf-8")
    distribution = distribution or name
    metadata = directory / f"{distribution.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
    points = f"[dify_runtime.plugins]\n{name} = {value or module.stem + ':One'}\n"
    (metadata / "entry_points.txt").write_text(points)
    (metadata / "RECORD").write_text(f"{module.name},,\n")
    return module
