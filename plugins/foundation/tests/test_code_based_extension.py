import json
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from dify_foundation import CodeBasedExtension, CodeBasedExtensions, ModerationInputsResult, ModerationOutputsResult
from dify_foundation.code_based_extension.hooks import CodeBasedExtensionHooks
from dify_foundation.code_based_extension.plugin import CodeBasedExtensionPlugin
from dify_foundation.code_based_extension.settings import CodeBasedExtensionSettings
from dify_runtime_sdk import DuplicateNameError, PluginError, UnknownNameError

MODERATION = """
    from dataclasses import dataclass
    from dify_foundation import Moderation, ModerationInputsResult, ModerationOutputsResult
    from .words import WORDS

    @dataclass
    class Verdict:
        word: "str"

    class NoWords:
        def __init__(self, *, tenant_id, app_id, config):
            self.config = config

        async def moderation_for_inputs(self, inputs, query=""):
            return ModerationInputsResult(flagged=query in WORDS, preset_response=self.config["preset"])

        async def moderation_for_outputs(self, text):
            return ModerationOutputsResult(text=text)
"""
TOOL = """
    class Weather:
        def __init__(self, *, tenant_id, app_id, variable, config):
            self.variable = variable

        async def query(self, inputs, query=None):
            return f"{self.variable}: sunny in {inputs['city']}"
"""


@pytest.fixture
def extension(tmp_path):
    """Write one extension of the operator's."""

    def extension(kind, name, code, directory=None, **files):
        folder = (directory or tmp_path / "extensions") / kind / name
        folder.mkdir(parents=True)
        if code is not None:
            (folder / f"{name}.py").write_text(dedent(code))
        for file, content in files.items():
            (folder / file.replace("_dot_", ".")).write_text(content)
        return folder

    return extension


@pytest.fixture
async def boot(fake):
    """Finish and start the plugin as the host would; returns its service. Stops it after the test."""
    plugins = []

    async def boot(*contributed, **settings):
        runtime = fake(CodeBasedExtensionSettings(**settings), contributed=list(contributed))
        plugin = CodeBasedExtensionPlugin()
        plugin.name = "code-based-extension"
        plugins.append(plugin)
        plugin.finish(runtime)
        await plugin.start(runtime)
        (service,) = plugin.services()
        assert service.key is CodeBasedExtensions
        return service.factory(runtime)

    yield boot
    for plugin in plugins:
        await plugin.stop()


class Shouting:
    def __init__(self, *, tenant_id, app_id, config):
        pass

    async def moderation_for_inputs(self, inputs, query=""):
        return ModerationInputsResult(flagged=True, action="overridden", query=query.lower())

    async def moderation_for_outputs(self, text):
        return ModerationOutputsResult()


async def test_extensions_of_the_directory_work_with_their_neighbours(boot, extension):
    extension("moderation", "no_words", MODERATION, words_dot_py="WORDS = ['damn']")
    extension("external_data_tool", "weather", TOOL)
    service = await boot()
    assert service.broken == []
    moderation = service.get("moderation", "no_words")(tenant_id="t", app_id="a", config={"preset": "no"})
    verdict = await moderation.moderation_for_inputs({}, "damn")
    assert (verdict.flagged, verdict.action, verdict.preset_response) == (True, "direct_output", "no")
    tool = service.get("external_data_tool", "weather")(tenant_id="t", app_id="a", variable="sky", config={})
    assert await tool.query({"city": "Bonn"}) == "sky: sunny in Bonn"


async def test_names_come_in_the_order_of_their_positions(boot, extension):
    for name, position in (("a", None), ("b", "2"), ("c", "1"), ("d", "")):
        extension("external_data_tool", name, TOOL, **({} if position is None else {"__builtin__": position}))
    assert (await boot()).names("external_data_tool") == ["c", "b", "a", "d"]


async def test_the_console_gets_label_and_form(boot, extension):
    form = [{"variable": "city", "type": "text-input", "label": {"en-US": "City"}, "required": True}]
    schema = {"label": {"en-US": "Weather", "zh-Hans": "天气"}, "form_schema": form, "later": 1}
    extension("external_data_tool", "weather", TOOL, schema_dot_json=json.dumps(schema))
    extension("external_data_tool", "plain", TOOL)
    assert (await boot()).describe("external_data_tool") == [
        {"name": "plain", "label": {"en-US": "plain"}, "form_schema": []},
        {"name": "weather", "label": schema["label"], "form_schema": form},
    ]


@pytest.mark.parametrize(
    ("code", "files", "reason"),
    [
        ("import nonsense_that_is_not_there", {}, "ModuleNotFoundError: No module named 'nonsense_that_is_not_there'"),
        ("class", {}, "SyntaxError"),
        ("raise SystemExit(3)", {}, "SystemExit: 3"),
        ("x = 1", {}, "exactly one class with async query; found: none"),
        (TOOL + TOOL.replace("Weather", "Other"), {}, "found: Other, Weather"),
        (TOOL.replace("async def", "def"), {}, "found: none"),
        (None, {}, "there is no broken.py"),
        (TOOL, {"schema_dot_json": "{"}, "schema.json is not valid: the file"),
        (TOOL, {"schema_dot_json": '{"label": "x"}'}, "schema.json is not valid: label"),
        (TOOL, {"__builtin__": "first"}, "must hold a whole number"),
    ],
)
async def test_a_broken_extension_is_recorded_and_the_others_go_on(boot, extension, caplog, code, files, reason):
    extension("external_data_tool", "broken", code, **files)
    extension("external_data_tool", "weather", TOOL)
    service = await boot()
    assert service.names("external_data_tool") == ["weather"]
    (record,) = service.broken
    assert (record.kind, record.name) == ("external_data_tool", "broken")
    assert reason in record.reason
    assert "'broken'" in caplog.text


async def test_imported_classes_do_not_count(boot, extension):
    code = "from base import Weather as Base\n" + dedent(TOOL).replace("class Weather:", "class Sunny(Base):")
    folder = extension("external_data_tool", "sunny", code.replace("from base", "from .base"), base_dot_py=dedent(TOOL))
    service = await boot()
    assert service.broken == []
    assert service.get("external_data_tool", "sunny").__name__ == "Sunny"
    assert folder.is_dir()


async def test_hidden_and_private_folders_and_files_are_skipped(boot, extension, tmp_path):
    for name in (".git", "__pycache__", "_draft"):
        extension("moderation", name, "raise RuntimeError")
    (tmp_path / "extensions" / "moderation" / "README.md").write_text("notes")
    service = await boot()
    assert (service.names("moderation"), service.broken) == ([], [])


async def test_no_directory_means_no_extensions(boot, caplog):
    service = await boot()
    assert service.names("moderation") == service.describe("external_data_tool") == []
    assert caplog.messages == []


async def test_a_directory_that_was_named_and_is_not_there_is_reported(boot, caplog, tmp_path):
    await boot(CODE_BASED_EXTENSION_DIR=tmp_path / "nowhere")
    assert "CODE_BASED_EXTENSION_DIR" in caplog.text


async def test_the_directory_can_be_chosen(boot, extension, tmp_path):
    extension("external_data_tool", "weather", TOOL, directory=tmp_path / "mine")
    assert (await boot(CODE_BASED_EXTENSION_DIR=str(tmp_path / "mine"))).names("external_data_tool") == ["weather"]
    assert CodeBasedExtensionSettings(CODE_BASED_EXTENSION_DIR=" ").CODE_BASED_EXTENSION_DIR is None


async def test_wheels_contribute_by_hook_and_come_first(boot, extension):
    extension("moderation", "shouting", MODERATION, words_dot_py="WORDS = []")
    service = await boot(("loud", CodeBasedExtension("moderation", "shouting", Shouting)))
    assert service.get("moderation", "shouting") is Shouting
    assert "by plugin 'loud' and by plugin 'code-based-extension'" in service.broken[0].reason


async def test_two_wheels_with_one_name_are_an_error_that_names_both(boot):
    extension = CodeBasedExtension("moderation", "shouting", Shouting)
    with pytest.raises(DuplicateNameError, match=r"'shouting' is contributed by plugin 'one' and by plugin 'two'"):
        await boot(("one", extension), ("two", extension))


async def test_a_contributed_class_must_have_the_methods_of_its_kind(boot):
    with pytest.raises(PluginError, match=r"'x' of plugin 'one' lacks async query"):
        await boot(("one", CodeBasedExtension("external_data_tool", "x", Shouting)))


async def test_unknown_kinds_and_names_say_what_there_is(boot):
    service = await boot(("loud", CodeBasedExtension("moderation", "shouting", Shouting)))
    with pytest.raises(UnknownNameError, match="known: shouting"):
        service.get("moderation", "quiet")
    with pytest.raises(UnknownNameError, match="known: moderation, external_data_tool"):
        service.describe("tts")
    with pytest.raises(UnknownNameError, match="unknown kind"):
        await boot(("loud", CodeBasedExtension("tts", "x", Shouting)))


async def test_two_runtimes_load_their_own_modules_and_forget_them(fake, extension):
    extension("external_data_tool", "weather", TOOL)
    before, plugins = set(sys.modules), []
    for _ in range(2):
        plugin = CodeBasedExtensionPlugin()
        plugin.name = "code-based-extension"
        await plugin.start(fake())
        plugins.append(plugin)
    classes = [plugin.services()[0].factory(None).get("external_data_tool", "weather") for plugin in plugins]
    assert classes[0] is not classes[1]
    assert len({name for name in set(sys.modules) - before if name.startswith("dify_extensions_")}) == 2
    for plugin in plugins:
        await plugin.stop()
    assert not any(name.startswith("dify_extensions_") for name in sys.modules)


async def test_a_module_that_fails_leaves_nothing_importable(boot, extension):
    extension("moderation", "broken", "from . import words\nraise RuntimeError", words_dot_py="WORDS = []")
    await boot()
    assert not any(name.startswith("dify_extensions_") for name in sys.modules)


def test_the_extension_point_is_offered():
    assert CodeBasedExtensionPlugin().extension_points() == [CodeBasedExtensionHooks]
    assert Path(sys.modules[CodeBasedExtensionHooks.__module__].__file__).name == "hooks.py"
