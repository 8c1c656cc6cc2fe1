"""A distribution that breaks the rules one wants it to break, and what is installed beside it."""

from pathlib import Path

import pytest

from dify_runtime.checker.check import check
from dify_runtime.checker.facts import EnvironmentFacts, InstalledPlugin, SettingFact
from dify_runtime.checker.probing import probe_environment
from tests.cli.checker.sources import GOOD, MANIFEST, SDK


@pytest.fixture
def source(tmp_path):
    """Writes a distribution whose one package is `cellar`; keeps all rules unless told otherwise."""

    def write(
        files=None, *, entry_points='cellar = "cellar.plugin:One"', dependencies=SDK, readme="# Cellar\n\nCold.\n"
    ):
        root = tmp_path / "cellar-source"
        manifest = MANIFEST.format(name="cellar", dependencies=dependencies, entry_points=entry_points)
        content = {
            "pyproject.toml": manifest,
            "README.md": readme,
            "src/cellar/__init__.py": "",
            "src/cellar/plugin.py": GOOD,
            "tests/test_cellar.py": "",
            **(files or {}),
        }
        for name, text in content.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    return write


@pytest.fixture(scope="module")
def environment():
    """What is installed beside: one other plugin, and every hook of the SDK."""
    setting = SettingFact(
        name="SHADE",
        model="vault.Own",
        type="<class 'int'>",
        default="1 None",
        described=True,
        untyped=False,
        exposed=False,
        file=None,
        line=None,
    )
    other = InstalledPlugin(
        name="vault", distribution="vault", package="json", provides=["treasure"], settings=[setting]
    )
    return EnvironmentFacts(plugins=[other], hooks=probe_environment().hooks)


@pytest.fixture
def found(environment):
    """Checks a source directory; gives (code, file name, line) of each finding."""

    def run(root):
        findings = check(str(root), environment)
        return [(one.code, one.path and Path(one.path).name, one.line) for one in findings]

    return run
