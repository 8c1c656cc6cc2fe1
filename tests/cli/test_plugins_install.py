"""`plugins install` installs into the environment it runs in, says what is new, and loads no plugin."""

import site
import venv
import zipfile
from pathlib import Path

import pytest

METADATA = "Metadata-Version: 2.1\nName: songbook\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The interpreter of an environment of its own, which sees all that is installed here."""
    directory = tmp_path_factory.mktemp("environment")
    venv.create(directory, symlinks=True)
    binary = directory / "bin" / "python"
    (packages,) = directory.glob("lib/*/site-packages")
    lines = [f"import site; site.addsitedir({path!r})" for path in site.getsitepackages()]
    (packages / "outer.pth").write_text("\n".join(lines))
    return binary


@pytest.fixture
def wheel(tmp_path) -> Path:
    """A wheel with one plugin whose import would be noticed."""
    path = tmp_path / "songbook-1.0-py3-none-any.whl"
    files = {
        "songbook.py": "raise SystemExit('imported')\n",
        "songbook-1.0.dist-info/METADATA": METADATA,
        "songbook-1.0.dist-info/WHEEL": WHEEL,
        "songbook-1.0.dist-info/entry_points.txt": "[dify_runtime.plugins]\nsongs = songbook:One\n",
    }
    record = "".join(f"{name},,\n" for name in (*files, "songbook-1.0.dist-info/RECORD"))
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, "songbook-1.0.dist-info/RECORD": record}.items():
            archive.writestr(name, text)
    return path


def test_it_says_what_would_be_installed_then_installs_and_names_the_new_plugin(process, python, wheel, install):
    install("broken", "raise SystemExit('imported')")
    options = {"python": python, "UV_OFFLINE": "1"}
    dry = process("plugins", "install", "--dry-run", wheel, **options)
    assert dry.returncode == 0, dry.stderr
    assert "songbook" in dry.stderr
    assert "new plugin" not in dry.stdout
    done = process("plugins", "install", wheel, **options)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "new plugin: songs (songbook 1.0)\n"
    again = process("plugins", "install", "--upgrade", wheel, **options)
    assert again.stdout.startswith("no new plugin")
    assert "imported" not in done.stdout + done.stderr + again.stderr


def test_a_failed_installation_is_an_error(process, python, tmp_path):
    done = process("plugins", "install", tmp_path / "missing.whl", python=python, UV_OFFLINE="1")
    assert done.returncode == 1
    assert "Error: nothing new: the installer ended with status" in done.stderr


def test_a_spec_is_never_an_option(process, python):
    done = process("plugins", "install", "--", "--help", python=python, UV_OFFLINE="1")
    assert done.returncode == 1
    assert "Usage" not in done.stdout


def test_without_uv_it_is_pip(process, python, wheel):
    done = process("plugins", "install", wheel, python=python, PATH="")
    assert done.returncode == 1
    assert "No module named pip" in done.stderr


def test_without_a_spec_it_is_a_usage_error(cli):
    assert cli("plugins", "install").exit_code == 2
