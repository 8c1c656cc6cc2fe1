"""`plugins check`: what can be checked, and what the command prints."""

import json
import subprocess
import sys

import pytest

from dify_runtime.checker.check import check
from dify_runtime.checker.facts import EnvironmentFacts, InstalledPlugin
from dify_runtime.checker.probing import probe_environment
from dify_runtime.checker.rules import RULES
from dify_runtime.checker.subjects import find_subjects
from dify_runtime.errors import HostError
from tests.cli.checker.sources import GOOD


class TestCommand:
    def test_errors_are_exit_status_1_and_json_has_every_field(self, cli, source):
        root = source({"src/cellar/more.py": "import dify_runtime\n"})
        result = cli("plugins", "check", str(root), "--json")
        assert result.exit_code == 1
        (finding,) = json.loads(result.stdout)
        assert finding["code"] == "DR103"
        assert finding["severity"] == "error"
        assert finding["distribution"] == "cellar"
        assert finding["path"].endswith("more.py")
        assert finding["line"] == 1
        assert finding["message"]
        assert finding["hint"]

    def test_warnings_are_exit_status_0(self, cli, source):
        root = source()
        (root / "tests" / "test_cellar.py").unlink()
        result = cli("plugins", "check", str(root))
        assert result.exit_code == 0
        assert "DR503 warning" in result.stdout
        assert "0 errors, 1 warnings" in result.stdout

    def test_nothing_found_is_said_too(self, cli, source):
        assert cli("plugins", "check", str(source())).stdout == "all rules are kept\n"

    def test_the_working_directory_shadows_nothing(self, cli, source, somewhere):
        (somewhere / "click.py").write_text("raise SystemExit('shadowed')")
        assert cli("plugins", "check", str(source())).exit_code == 0

    def test_the_rules_can_be_listed(self, cli):
        listed = json.loads(cli("plugins", "check", "--rules", "--json").stdout)
        assert [one["code"] for one in listed] == [rule.code for rule in RULES]
        assert "DR101  error" in cli("plugins", "check", "--rules").stdout

    def test_an_installed_plugin_is_found_by_its_name(self, cli, install):
        install("wine", "import click\n" + GOOD, distribution="cellar-wine")
        for name in ("wine", "cellar-wine"):
            result = cli("plugins", "check", name)
            assert result.exit_code == 1
            assert "DR203 error" in result.stdout
            assert "DR501 error" in result.stdout
            assert "DR503" not in result.stdout

    def test_an_unknown_name_is_an_error_with_the_nearest(self, cli, install):
        install("wine", GOOD)
        result = cli("plugins", "check", "wime")
        assert result.exit_code == 1
        assert "did you mean 'wine'?" in result.stderr

    @pytest.mark.parametrize("manifest", [None, "not toml", "[project]\n", "[tool]\n"])
    def test_a_directory_without_a_distribution_is_an_error(self, cli, tmp_path, manifest):
        root = tmp_path / "empty"
        root.mkdir()
        if manifest is not None:
            (root / "pyproject.toml").write_text(manifest)
        result = cli("plugins", "check", str(root))
        assert result.exit_code == 1
        assert "pyproject.toml" in result.stderr

    def test_an_installed_plugin_that_kills_the_process_is_an_error(self, cli, install, source):
        install("killer", "import os\nos._exit(3)")
        result = cli("plugins", "check", str(source()))
        assert result.exit_code == 1
        assert "ended the process with status 3" in result.stderr


def test_an_editable_installation_is_checked_as_source(install, source, tmp_path):
    root = source()
    install("cellar", GOOD, value="cellar.plugin:One")
    (metadata,) = (tmp_path / "site").glob("*.dist-info")
    (metadata / "direct_url.json").write_text(json.dumps({"url": root.as_uri(), "dir_info": {"editable": True}}))
    (subject,) = find_subjects("cellar")
    assert subject.root == root


def test_without_a_target_everything_installed_is_checked(install):
    install("wine", GOOD)
    assert "wine" in [subject.distribution for subject in find_subjects(None)]


def test_a_package_inside_a_namespace_is_its_own(found, source):
    files = {"src/houses/cellar/__init__.py": "", "src/houses/cellar/plugin.py": GOOD}
    root = source(files, entry_points='cellar = "houses.cellar.plugin:One"')
    (subject,) = find_subjects(str(root))
    assert list(subject.packages) == ["houses.cellar"]
    assert found(root) == []


def test_another_package_of_the_same_namespace_is_not_its_own(source, environment):
    vault = InstalledPlugin(name="vault", distribution="vault", package="houses.vault")
    beside = EnvironmentFacts(plugins=[vault], hooks=environment.hooks)
    code = "import houses.cellar\nfrom houses import cellar, vault\nimport houses.vault.door\n"
    files = {"src/houses/cellar/__init__.py": "", "src/houses/cellar/plugin.py": GOOD, "src/houses/cellar/x.py": code}
    root = source(files, entry_points='cellar = "houses.cellar.plugin:One"')
    found = [(one.code, one.line) for one in check(str(root), beside)]
    assert found == [("DR101", 2), ("DR101", 3), ("DR102", 3)]


def test_a_directory_named_like_nothing_is_not_a_plugin():
    with pytest.raises(HostError, match="neither a directory nor an installed plugin"):
        find_subjects("nothing-of-this-name")


def test_the_environment_knows_a_package_inside_a_namespace(install, tmp_path):
    house = tmp_path / "site" / "houses" / "attic"
    house.mkdir(parents=True)
    (house / "__init__.py").write_text("")
    (house / "plugin.py").write_text(GOOD)
    install("attic", "", value="houses.attic.plugin:One")
    assert [one.package for one in probe_environment().plugins if one.name == "attic"] == ["houses.attic"]


def test_the_probe_prints_facts_alone():
    done = subprocess.run(
        [sys.executable, "-P", "-m", "dify_runtime.checker.probe", "{}"], capture_output=True, text=True, check=True
    )
    assert {"plugins", "hooks"} == json.loads(done.stdout).keys()
