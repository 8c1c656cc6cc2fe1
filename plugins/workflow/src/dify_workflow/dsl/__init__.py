"""App files (DSL): read, check, change and write them.

Pure functions over text and plain values: no disk, no network, no state. `load` gives a `Document`, `dump` writes one;
between them nothing that the models do not know is lost.
"""

from .checks import check
from .dataset_ids import DatasetIds, import_dataset_ids
from .document import Document
from .dumping import dump
from .errors import (
    DslError,
    DslLimitError,
    DslStructureError,
    DslSyntaxError,
    DslVersionError,
    InputsError,
    Path,
    Problem,
)
from .forms import input_form
from .inputs import validate_inputs
from .limits import Limits
from .loading import from_mapping, load
from .models import (
    AgentMode,
    AppInfo,
    AppMode,
    Dependency,
    Features,
    FormType,
    FormVariable,
    ModelConfig,
    PipelineInfo,
    PipelineVariable,
    ValueType,
    Variable,
    WorkflowSection,
)
from .plugins import (
    PluginReference,
    analysed_plugins,
    model_plugin,
    plugin_references,
    required_plugins,
    tool_plugin,
)
from .schema import json_schema
from .versions import APP_VERSION, PIPELINE_VERSION, ImportStatus, import_status

__all__ = [
    "APP_VERSION",
    "PIPELINE_VERSION",
    "AgentMode",
    "AppInfo",
    "AppMode",
    "DatasetIds",
    "Dependency",
    "Document",
    "DslError",
    "DslLimitError",
    "DslStructureError",
    "DslSyntaxError",
    "DslVersionError",
    "Features",
    "FormType",
    "FormVariable",
    "ImportStatus",
    "InputsError",
    "Limits",
    "ModelConfig",
    "Path",
    "PipelineInfo",
    "PipelineVariable",
    "PluginReference",
    "Problem",
    "ValueType",
    "Variable",
    "WorkflowSection",
    "analysed_plugins",
    "check",
    "dump",
    "from_mapping",
    "import_dataset_ids",
    "import_status",
    "input_form",
    "json_schema",
    "load",
    "model_plugin",
    "plugin_references",
    "required_plugins",
    "tool_plugin",
    "validate_inputs",
]
