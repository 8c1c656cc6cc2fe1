"""`plugins check`: every rule finds what it is for, and nothing else."""

import pytest

from dify_runtime.checker.check import check
from dify_runtime.checker.rules import RULES
from tests.cli.checker.sources import GOOD, SDK


def test_a_good_plugin_keeps_all_rules(found, source):
    assert found(source()) == []


class TestMetadata:
    def test_a_distribution_without_plugins_is_found(self, found, source):
        assert ("DR001", "pyproject.toml", None) in found(source(entry_points=""))

    def test_a_bad_name_is_found(self, found, source):
        codes = [code for code, _, _ in found(source(entry_points='Bad_Name = "cellar.plugin:One"'))]
        assert "DR002" in codes

    @pytest.mark.parametrize("dependencies", ["", '"pydantic"', '"dify-runtime-sdk"', '"dify-runtime-sdk>=0.1"'])
    def test_the_sdk_without_a_range_is_found(self, found, source, dependencies):
        assert found(source(dependencies=dependencies)) == [("DR003", "pyproject.toml", None)]

    def test_missing_metadata_are_found(self, found, source):
        root = source()
        manifest = (root / "pyproject.toml").read_text().replace('requires-python = ">=3.12"\n', "")
        (root / "pyproject.toml").write_text(manifest)
        assert found(root) == [("DR004", "pyproject.toml", None)]

    def test_the_host_as_a_dependency_is_found(self, found, source):
        assert found(source(dependencies=f'{SDK}, "dify_runtime>=0.1"')) == [("DR005", "pyproject.toml", None)]


class TestImports:
    """The other plugin's package is `json`, which can be imported here and has modules inside."""

    def test_an_undeclared_import_of_another_plugin_is_found_anywhere_in_the_package(self, found, source):
        code = "def late():\n    import json\n    return json\n"
        assert found(source({"src/cellar/deep/late.py": code})) == [("DR101", "late.py", 2)]

    @pytest.mark.parametrize("needed", ["vault", "treasure"])
    def test_a_declared_import_is_fine(self, found, source, needed):
        plugin = GOOD + f"    requires = ({needed!r},)\n"
        assert found(source({"src/cellar/plugin.py": plugin, "src/cellar/more.py": "import json\n"})) == []

    @pytest.mark.parametrize(
        "line", ["import json.decoder", "from json.decoder import JSONDecoder", "from json import decoder"]
    )
    def test_an_import_of_a_module_inside_is_found_even_when_declared(self, found, source, line):
        plugin = GOOD + "    requires = ('vault',)\n"
        files = {"src/cellar/plugin.py": plugin, "src/cellar/more.py": line + "\n"}
        assert found(source(files)) == [("DR102", "more.py", 1)]

    @pytest.mark.parametrize("line", ["import shelf.cups", "from shelf.cups import Cup", "from shelf import cups"])
    def test_a_module_inside_that_the_package_exports_is_fine(self, environment, source, tmp_path, monkeypatch, line):
        shelf = tmp_path / "shelf"
        shelf.mkdir()
        (shelf / "__init__.py").write_text("__all__ = ['cups']\n")
        (shelf / "cups.py").write_text("class Cup: ...\n")
        (shelf / "plates.py").write_text("")
        monkeypatch.syspath_prepend(str(tmp_path))
        other = environment.plugins[0].model_copy(update={"package": "shelf"})
        beside = environment.model_copy(update={"plugins": [other]})
        plugin = GOOD + "    requires = ('vault',)\n"
        root = source({"src/cellar/plugin.py": plugin, "src/cellar/more.py": f"{line}\nimport shelf.plates\n"})
        assert [(one.code, one.line) for one in check(str(root), beside)] == [("DR102", 2)]

    def test_an_import_of_the_host_is_found_outside_the_tests(self, found, source):
        files = {
            "src/cellar/more.py": "from dify_runtime.runtime import Runtime\n",
            "tests/test_cellar.py": "import dify_runtime\n",
        }
        assert found(source(files)) == [("DR103", "more.py", 1)]

    def test_a_line_can_be_excused(self, found, source):
        code = "import json  # plugins check: ignore DR101, DR102\n"
        assert found(source({"src/cellar/more.py": code})) == []

    def test_an_excuse_for_another_rule_is_none(self, found, source):
        code = "import json  # plugins check: ignore DR102\n"
        assert found(source({"src/cellar/more.py": code})) == [("DR101", "more.py", 1)]


class TestDeclaration:
    def test_a_file_that_is_no_python_is_found(self, found, source):
        assert found(source({"src/cellar/more.py": "def :\n"})) == [("DR201", "more.py", None)]

    @pytest.mark.parametrize("code", ["import nothing_of_this_name\n", "One = 1\n", "import os\nos._exit(3)\n"])
    def test_a_declaration_that_does_not_import_is_found(self, found, source, code):
        assert found(source({"src/cellar/plugin.py": code})) == [("DR202", "pyproject.toml", None)]

    def test_a_declaration_that_never_ends_importing_is_found(self, environment, source):
        root = source({"src/cellar/plugin.py": "import threading\nthreading.Event().wait()\n"})
        (finding,) = check(str(root), environment, time_limit=1.5)
        assert finding.code == "DR202"
        assert "did not end within 1.5 s" in finding.message

    def test_a_heavy_import_is_found_with_its_cost(self, environment, source):
        root = source({"src/cellar/plugin.py": "import click\n" + GOOD})
        (finding,) = check(str(root), environment)
        assert (finding.code, finding.line) == ("DR203", 1)
        assert finding.place.endswith("plugin.py:1")
        assert "click (" in finding.message
        assert "kB in all" in finding.message

    def test_a_heavy_import_through_an_own_module_is_found_there(self, found, source):
        files = {"src/cellar/plugin.py": "from . import more\n" + GOOD, "src/cellar/more.py": "\nimport click\n"}
        assert found(source(files)) == [("DR203", "more.py", 2)]

    def test_the_package_of_a_plugin_that_is_required_is_light_and_what_it_brings_is_not(
        self, environment, source, monkeypatch, tmp_path
    ):
        (tmp_path / "shelf.py").write_text("import click\n")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        other = environment.plugins[0].model_copy(update={"package": "shelf"})
        beside = environment.model_copy(update={"plugins": [other]})
        declaration = "import shelf\n" + GOOD + "    requires = ('vault',)\n"
        (finding,) = check(str(source({"src/cellar/plugin.py": declaration})), beside)
        assert finding.code == "DR203"
        assert "click (" in finding.message
        assert "shelf (" not in finding.message

    def test_an_import_inside_a_method_is_light(self, found, source):
        assert found(source({"src/cellar/plugin.py": GOOD + "\n    def late(self):\n        import click\n"})) == []

    def test_an_edge_to_nobody_is_found(self, found, source):
        plugin = GOOD + "    after = ('treasure', 'ghost', 'cellar')\n"
        assert found(source({"src/cellar/plugin.py": plugin})) == [("DR204", "plugin.py", 4)]


def hooked(body):
    return {"src/cellar/plugin.py": GOOD.replace("import Plugin", "import Plugin, hookimpl") + body}


class TestHooks:
    def test_an_unknown_hook_is_found_with_the_nearest_name(self, environment, source):
        root = source(hooked("    @hookimpl\n    def rutes(self): ...\n"))
        (finding,) = check(str(root), environment)
        assert (finding.code, finding.line) == ("DR301", 6)
        assert finding.hint == "did you mean 'routes'?"

    def test_a_wrong_argument_is_found_with_the_right_ones(self, environment, source):
        root = source(hooked("    @hookimpl\n    def configure_app(self, ap, runtime): ...\n"))
        (finding,) = check(str(root), environment)
        assert finding.code == "DR302"
        assert "'ap'" in finding.message
        assert finding.hint == "it has app, runtime"

    def test_a_wrapper_is_found(self, found, source):
        code = "    @hookimpl(wrapper=True)\n    def services(self):\n        return (yield)\n"
        assert found(source(hooked(code))) == [("DR303", "plugin.py", 6)]

    def test_a_method_without_its_marker_is_found(self, found, source):
        assert found(source(hooked("    def routes(self, runtime): ...\n"))) == [("DR304", "plugin.py", 6)]

    def test_a_hook_of_an_extension_point_of_its_own_is_known(self, found, source):
        code = "    @hookimpl\n    def extension_points(self):\n        return [Points]\n\n"
        code += "    @hookimpl\n    def cellar_bottles(self, size): ...\n\n\n"
        code += "class Points:\n    @hookspec\n    def cellar_bottles(self, size): ...\n"
        files = hooked(code)
        files["src/cellar/plugin.py"] = files["src/cellar/plugin.py"].replace("hookimpl\n", "hookimpl, hookspec\n", 1)
        assert found(source(files)) == []


SETTINGS = """
from typing import Any
from pydantic import Field, SecretStr
from dify_runtime_sdk import Plugin, Settings

class Own(Settings):
    {line}

class One(Plugin):
    '''A plugin.'''
    settings = Own
"""


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("CELLAR_SIZE: int = 1", "DR401"),
        ("CELLAR_PASSWORD: str = Field('', description='Opens it')", "DR402"),
        ("CELLAR_PASSWORD: SecretStr = Field(SecretStr(''), description='Opens it')", None),
        ("CELLAR_TOKEN_LIFETIME: int = Field(60, description='Seconds')", None),
        ("SHADE: str = Field('1', description='How dark')", "DR403"),
        ("SHADE: int = Field(1, description='How dark')", None),
        ("CELLAR_THING: Any = Field(None, description='Any thing')", "DR404"),
        ("CELLAR_LIST: list[int] = Field(default_factory=lambda: [1], description='A list')", None),
    ],
)
def test_settings_are_described_typed_and_shared_alike(found, source, line, code):
    expected = [] if code is None else [(code, "plugin.py", 7)]
    assert found(source({"src/cellar/plugin.py": SETTINGS.format(line=line)})) == expected


class TestDocumentation:
    @pytest.mark.parametrize("readme", ["", "# Cellar\n"])
    def test_a_readme_that_says_nothing_is_found(self, found, source, readme):
        assert found(source(readme=readme)) == [("DR501", "pyproject.toml", None)]

    def test_a_class_without_a_docstring_is_found(self, found, source):
        code = "from dify_runtime_sdk import Plugin\nclass One(Plugin): ...\n"
        assert found(source({"src/cellar/plugin.py": code})) == [("DR502", "plugin.py", 2)]

    def test_missing_tests_are_found(self, found, source):
        root = source()
        (root / "tests" / "test_cellar.py").unlink()
        assert found(root) == [("DR503", "cellar-source", None)]


def test_codes_are_unique_and_in_order_and_every_rule_says_what_it_is():
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert all(rule.text for rule in RULES)
