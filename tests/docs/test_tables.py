"""What the hand-written reference pages state is what the code says."""

import inspect
from importlib import import_module

import pytest

import dify_runtime_sdk
import dify_runtime_sdk.http
import dify_runtime_sdk.testing
from dify_runtime import errors as host_errors
from dify_runtime.bootstrap import BootstrapSettings
from dify_runtime.http.settings import HttpSettings
from dify_runtime.records import PluginRecord, State
from dify_runtime.server.settings import ServerSettings
from dify_runtime_sdk import ROLES, DifyRuntimeError, Plugin
from dify_runtime_sdk.http import BlueprintGroup, HttpError

from .first_party import OPTIONAL, PLUGINS
from .pages import DOCS
from .tables import names, rows

EXTENSIONS = [
    "timezone",
    "logging",
    "warnings",
    "import_modules",
    "orjson",
    "forward_refs",
    "set_secretkey",
    "compress",
    "code_based_extension",
    "database",
    "app_metrics",
    "migrate",
    "redis",
    "storage",
    "logstore",
    "celery",
    "login",
    "mail",
    "hosting_provider",
    "sentry",
    "proxy_fix",
    "blueprints",
    "commands",
    "fastopenapi",
    "otel",
    "request_logging",
    "session_factory",
    "enterprise_telemetry",
]


def edges(plugin):
    declared = plugin.declaration
    kinds = ("requires", "after", "before")
    return {kind: list(getattr(declared, kind)) for kind in kinds if getattr(declared, kind)}


@pytest.mark.parametrize("plugin", [*PLUGINS, *OPTIONAL], ids=lambda plugin: plugin.name)
def test_the_table_of_plugins_says_what_the_declarations_say(plugin):
    [row] = [row for row in rows("reference/plugins.md") if row[0] == f"`{plugin.name}`" and len(row) == 5]
    _, distribution, shown, roles, condition = row
    assert names(distribution) == [plugin.distribution]
    stated = dict(kind.split(" ", 1) for kind in shown.split("; ") if " " in kind)
    assert {kind: names(others) for kind, others in stated.items()} == edges(plugin)
    assert (roles == "all roles") == (plugin.declaration.roles == ROLES)
    assert roles in ("all roles", *plugin.declaration.roles)
    assert ("essential" in condition) == plugin.declaration.essential
    conditional = plugin.declaration.enabled is not Plugin.enabled
    assert conditional == (len(names(condition)) == 1 and "=" not in condition)


def test_each_of_difys_extensions_has_its_row():
    assert [(row[0], names(row[1])) for row in rows("reference/extensions.md")] == [
        (str(number), [name]) for number, name in enumerate(EXTENSIONS, start=1)
    ]


def test_the_plugins_that_do_an_extensions_job_exist():
    known = {plugin.name for plugin in PLUGINS}
    here = {row[1]: row[2] for row in rows("reference/extensions.md")}
    assert {name for cell in here.values() if cell.startswith("plugin") for name in names(cell)} <= known
    for cell in here.values():
        assert cell.startswith(("plugin", "no reason to exist", "later: "))
        assert cell.startswith("plugin") or not set(names(cell)) & known


def tree(kind, names_of=()):
    found = [one for one in kind.__subclasses__() if one.__module__ in names_of]
    return {kind.__name__: kind.code} | {k: v for one in found for k, v in tree(one, names_of).items()}


@pytest.mark.parametrize(
    ("heading", "modules"),
    [
        ("The SDK", ("dify_runtime_sdk.errors", "dify_runtime_sdk.http.errors")),
        ("The host", ("dify_runtime.errors",)),
        ("Database and tasks", ("dify_database.errors", "dify_runtime_sdk.tasks")),
        (
            "Workflows and app files",
            (
                "dify_runtime_sdk.workflow.results",
                "dify_runtime_sdk.workflow.operators",
                "dify_workflow.errors",
                "dify_workflow.dsl.errors",
            ),
        ),
        (
            "What nodes call",
            tuple(f"dify_runtime_sdk.{one}" for one in ("agents", "code", "documents", "knowledge", "models", "tools")),
        ),
        ("Accounts", ("dify_accounts.api",)),
    ],
)
def test_the_trees_of_errors_are_complete(heading, modules):
    for module in modules:
        import_module(module)  # a class below the root is known once its module is there
    text = (DOCS / "reference/errors.md").read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    drawn = [line.strip("│├└─ ").split() for line in text.partition("```text\n")[2].partition("```")[0].splitlines()]
    codes = {one[0]: one[1] if len(one) > 1 else DifyRuntimeError.code for one in drawn}
    assert codes == tree(DifyRuntimeError, modules)


@pytest.mark.parametrize(
    "name",
    [name for module in (dify_runtime_sdk, dify_runtime_sdk.http, dify_runtime_sdk.testing) for name in module.__all__],
)
def test_the_sdk_page_names_everything_public(name):
    assert name in {one for row in rows("reference/sdk.md") for cell in row for one in names(cell)}


def test_the_sdk_page_describes_the_whole_plugin_class():
    described = {
        one.partition("(")[0] for row in rows("reference/sdk.md", "Declaring a plugin") for one in names(row[0])
    }
    public = {name for name in vars(Plugin) if not name.startswith("_")}
    assert described >= public


def test_the_errors_page_says_what_each_error_means():
    explained = {one for row in rows("reference/errors.md") for one in names(row[0])}
    own = {
        name
        for name, one in vars(host_errors).items()
        if inspect.isclass(one) and one.__module__ == host_errors.__name__
    }
    assert explained >= own - {"HostError"}
    assert HttpError.__name__ in explained


async def test_the_table_of_groups_is_what_the_plugins_contribute(runtime):
    chosen = {plugin.name: plugin.declaration for plugin in PLUGINS if plugin.name.startswith("group-")}
    booted = await runtime(chosen)
    shown = {names(row[0])[0]: row for row in rows("reference/http.md", "Groups")}
    assert set(shown) == set(booted.runtime.http.groups)
    for name, group in booted.runtime.http.groups.items():
        _, owner, prefixes, origins, cookies, docs = shown[name]
        assert names(owner) == ([] if name == "root" else [f"group-{name}"])
        assert names(prefixes) == [prefix for prefix in (group.prefix, *group.aliases) if prefix]
        assert (origins == "no") == (group.cors is None)
        assert (cookies == "yes") == bool(group.cors and group.cors.credentials)
        assert docs == ("yes" if group.docs else "no")
        check_cors(group)


def check_cors(group: BlueprintGroup) -> None:
    if group.cors is None:
        return
    [row] = [row for row in rows("reference/http.md", "CORS") if group.name in row[0].split(", ")]
    assert sorted(row[2].split(", ")) == sorted(group.cors.headers)
    assert ("HEAD" in row[1]) == ("HEAD" in group.cors.methods)


def test_the_limits_are_the_defaults():
    fields = {**ServerSettings.model_fields, **HttpSettings.model_fields}
    for row in rows("reference/http.md", "Limits"):
        setting = names(row[1])[0]
        assert float(row[2].split()[0].replace(",", "")) == float(fields[setting].default), setting


def test_the_table_of_roles_is_what_mode_means():
    shown = {(names(row[0]) or [""])[0]: row for row in rows("reference/boot.md", "Roles")}
    for mode, row in shown.items():
        settings = BootstrapSettings(MODE=mode)
        assert set(row[1].split(", ")) == settings.mode_roles
        assert settings.strict == (mode != "")
    assert len(shown) == 6


def test_the_states_and_the_members_of_a_record_are_complete():
    assert [names(row[0])[0] for row in rows("reference/boot.md", "States")] == [str(state) for state in State]
    described = [name for row in rows("reference/boot.md", "Records") for name in names(row[0])]
    assert sorted(described) == sorted(PluginRecord("x").to_json())
