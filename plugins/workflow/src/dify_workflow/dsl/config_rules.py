"""Rules for the section `model_config`, that loading does not check: old files break some of them and still run."""

import re
from typing import Final

from .errors import Path, Problem
from .feature_rules import choice, feature_problems
from .models import AppMode, FormField, FormType, ModelChoice, ModelConfig

MAX_STOP: Final = 4
MAX_PROMPT_MESSAGES: Final = 10
MAX_NAME: Final = 100
"""Characters of the name of an input."""

_NAME: Final = re.compile(
    r"(?!\d)[A-Za-z0-9_\u4e00-\u9fff\u2600-\u27bf\U0001f300-\U0001f6ff\U0001f900-\U0001f9ff]{1,100}"
)
_FORM_TYPES: Final = ("text-input", "paragraph", "select", "number", "checkbox", "external_data_tool")
_STRATEGIES: Final = ("function_call", "react", "router", "react_router")
_PATH: Final[Path] = ("model_config",)


def config_problems(config: ModelConfig, mode: AppMode) -> list[Problem]:
    """What is wrong with the `model_config` of an app of a mode; paths begin at the top of the file."""
    return [
        *feature_problems(config, _PATH),
        *_model(config.model, (*_PATH, "model")),
        *_prompts(config),
        *_form(config.user_input_form, (*_PATH, "user_input_form")),
        *_tools(config),
        *_retrieval(config, mode),
        *choice(config.agent_mode.strategy, _STRATEGIES, (*_PATH, "agent_mode", "strategy")),
    ]


def _model(model: ModelChoice, path: Path) -> list[Problem]:
    problems = [
        Problem("missing_model", f"the model has no {name}", (*path, name))
        for name, value in (("provider", model.provider), ("name", model.name))
        if not value
    ]
    problems += choice(model.mode or None, ("chat", "completion"), (*path, "mode"))
    stop = model.completion_params.get("stop") or []
    stop_path = (*path, "completion_params", "stop")
    if not isinstance(stop, list):
        problems.append(Problem("invalid_stop", "stop words must be a list", stop_path))
    elif len(stop) > MAX_STOP:
        problems.append(Problem("too_many", f"at most {MAX_STOP} stop words are allowed", stop_path))
    return problems


def _prompts(config: ModelConfig) -> list[Problem]:
    problems = choice(config.prompt_type, ("simple", "advanced"), (*_PATH, "prompt_type"))
    if config.prompt_type != "advanced":
        return problems
    messages = config.chat_prompt_config.prompt
    path = (*_PATH, "chat_prompt_config", "prompt")
    if not messages and not config.completion_prompt_config.prompt.text:
        problems.append(Problem("missing_prompt", "an advanced app needs a chat or a completion prompt", path))
    if len(messages) > MAX_PROMPT_MESSAGES:
        problems.append(Problem("too_many", f"a prompt has at most {MAX_PROMPT_MESSAGES} messages", path))
    for index, message in enumerate(messages):
        problems += choice(message.role, ("system", "user", "assistant"), (*path, index, "role"))
    return problems


def _form(form: list[dict[str, FormField]], path: Path) -> list[Problem]:
    problems = []
    seen: set[str] = set()
    for index, item in enumerate(form):
        if len(item) != 1:
            problems.append(Problem("invalid_form", "an item has one key, the type of its field", (*path, index)))
        for kind, field in item.items():
            problems += choice(kind, _FORM_TYPES, (*path, index, kind)) or _field(kind, field, (*path, index, kind))
            if field.variable in seen:
                message = f"two fields have the name {field.variable!r}"
                problems.append(Problem("duplicate_variable", message, (*path, index, kind, "variable")))
            seen.add(field.variable)
    return problems


def _field(kind: str, field: FormField, path: Path) -> list[Problem]:
    problems = []
    if not _NAME.fullmatch(field.variable):
        message = f"{field.variable!r} is no name: letters, digits and underscores, at most {MAX_NAME}, no digit first"
        problems.append(Problem("invalid_variable", message, (*path, "variable")))
    if not field.label and kind != FormType.EXTERNAL_DATA_TOOL:
        problems.append(Problem("missing_label", "the field has no label", (*path, "label")))
    if kind == FormType.SELECT and field.default and field.default not in field.options:
        problems.append(Problem("invalid_choice", "the default is none of the options", (*path, "default")))
    return problems


def _tools(config: ModelConfig) -> list[Problem]:
    return [
        Problem("missing_choice", f"the tool is enabled without a {name}", (*_PATH, "external_data_tools", index, name))
        for index, tool in enumerate(config.external_data_tools)
        for name, value in (("variable", tool.variable), ("type", tool.type))
        if tool.enabled and not value
    ]


def _retrieval(config: ModelConfig, mode: AppMode) -> list[Problem]:
    datasets = config.dataset_configs
    problems = choice(datasets.retrieval_model, ("single", "multiple"), (*_PATH, "dataset_configs", "retrieval_model"))
    if mode is not AppMode.COMPLETION or not any(entry.dataset.enabled for entry in datasets.datasets.datasets):
        return problems
    names = {field.variable for item in config.user_input_form for field in item.values()}
    if config.dataset_query_variable not in names:
        message = "a completion app with datasets names the input that they are searched for"
        problems.append(Problem("missing_query_variable", message, (*_PATH, "dataset_query_variable")))
    return problems
