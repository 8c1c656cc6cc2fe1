"""Every group keeps the contract of blueprint groups."""

import pytest

from dify_groups.docs_settings import DocsSettings
from dify_groups.group_console.plugin import GroupConsolePlugin
from dify_groups.group_console.settings import GroupConsoleSettings
from dify_groups.group_files.plugin import GroupFilesPlugin
from dify_groups.group_inner.plugin import GroupInnerPlugin
from dify_groups.group_mcp.plugin import GroupMcpPlugin
from dify_groups.group_service.plugin import GroupServicePlugin
from dify_groups.group_trigger.plugin import GroupTriggerPlugin
from dify_groups.group_web.plugin import GroupWebPlugin
from dify_groups.group_web.settings import GroupWebSettings
from dify_runtime_sdk.testing import BlueprintGroupSuite


class Given:
    """A view that knows one settings object."""

    def __init__(self, settings):
        self._settings = settings

    def settings(self, model):
        assert isinstance(self._settings, model)
        return self._settings


def contributed(plugin, settings):
    [group] = plugin().blueprint_groups(Given(settings))
    return group


class TestConsole(BlueprintGroupSuite):
    """The group of the admin web UI."""

    @pytest.fixture(params=["", "https://console.example,http://localhost:3000"])
    def group(self, request):
        return contributed(GroupConsolePlugin, GroupConsoleSettings(CONSOLE_CORS_ALLOW_ORIGINS=request.param))


class TestService(BlueprintGroupSuite):
    """The group of customers' programs."""

    @pytest.fixture
    def group(self):
        return contributed(GroupServicePlugin, DocsSettings())


class TestWeb(BlueprintGroupSuite):
    """The group of published web apps."""

    @pytest.fixture
    def group(self):
        return contributed(GroupWebPlugin, GroupWebSettings())


class TestFiles(BlueprintGroupSuite):
    """The group of signed links."""

    @pytest.fixture
    def group(self):
        return contributed(GroupFilesPlugin, DocsSettings())


class TestInner(BlueprintGroupSuite):
    """The group of the plugin daemon."""

    @pytest.fixture
    def group(self):
        return contributed(GroupInnerPlugin, DocsSettings())


class TestMcp(BlueprintGroupSuite):
    """The group of the Model Context Protocol."""

    @pytest.fixture
    def group(self):
        return contributed(GroupMcpPlugin, DocsSettings())


class TestTrigger(BlueprintGroupSuite):
    """The group of webhooks."""

    @pytest.fixture
    def group(self):
        [group] = GroupTriggerPlugin().blueprint_groups()
        return group
