"""The pluggy markers of this project: `@hookimpl` marks an implementation, `@hookspec` a specification."""

from typing import Final

import pluggy

PROJECT: Final = "dify_runtime"
"""The pluggy project name; hook implementations and specifications carry it."""

ENTRY_POINT_GROUP: Final = "dify_runtime.plugins"
"""The entry-point group in which a distribution names its plugins; the entry point's name is the plugin's name."""

hookimpl = pluggy.HookimplMarker(PROJECT)
hookspec = pluggy.HookspecMarker(PROJECT)
