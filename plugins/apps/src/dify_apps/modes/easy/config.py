"""Model configurations as the easy modes read them: parsed once, remembered while they are the ones that run."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from dify_runtime_sdk.models import ModelId
from dify_workflow.dsl import FormType, FormVariable, ModelConfig

from ...api import App
from ...errors import AppUnavailable
from ..inputs import config_form

_REMEMBERED: Final = 256
_TOOL: Final = FormType.EXTERNAL_DATA_TOOL.value


@dataclass(frozen=True)
class EasyConfig:
    """What an app of the modes completion, chat and agent-chat is made of."""

    settings: ModelConfig
    form: tuple[FormVariable, ...]
    """What clients send; the variables that tools fill are not among it."""
    tools: tuple[Mapping[str, Any], ...]
    """The external data tools that are on: `variable`, `type`, `config`."""

    @cached_property
    def model(self) -> ModelId:
        """The model that answers."""
        return ModelId(self.settings.model.provider, self.settings.model.name)

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The vendor's parameters, without the stop words."""
        return {name: value for name, value in self.settings.model.completion_params.items() if name != "stop"}

    @cached_property
    def stop(self) -> Sequence[str]:
        """The app's own stop words."""
        return tuple(self.settings.model.completion_params.get("stop") or ())

    @cached_property
    def dataset_ids(self) -> tuple[str, ...]:
        """The datasets that are searched: those of `dataset_configs`, and those of old agent configurations."""
        chosen = [one.dataset.id for one in self.settings.dataset_configs.datasets.datasets if one.dataset.enabled]
        for tool in self.settings.agent_mode.tools:
            old = (tool.model_extra or {}).get("dataset")
            if isinstance(old, Mapping) and old.get("enabled", True):
                chosen.append(str(old.get("id") or ""))
        return tuple(dict.fromkeys(one for one in chosen if one))


class Configs:
    """Parses configurations."""

    def __init__(self) -> None:
        self._parsed: OrderedDict[str, tuple[Mapping[str, Any], EasyConfig]] = OrderedDict()

    def of(self, app: App) -> EasyConfig:
        """The configuration of an app; raises `AppUnavailable` when nothing is published."""
        if app.config is None:
            raise AppUnavailable
        if app.config_id is None:
            return parse(app.config)
        known = self._parsed.get(app.config_id)
        if known is not None and known[0] is app.config:
            return known[1]
        config = parse(app.config)
        self._parsed[app.config_id] = (app.config, config)
        if len(self._parsed) > _REMEMBERED:
            self._parsed.popitem(last=False)
        return config


def parse(config: Mapping[str, Any]) -> EasyConfig:
    """Parse a stored configuration."""
    settings = ModelConfig.model_validate(config)
    form = tuple(field for field in config_form(config) if field.type is not FormType.EXTERNAL_DATA_TOOL)
    tools = [tool.model_dump() for tool in settings.external_data_tools if tool.enabled]
    tools += [_tool(item[_TOOL]) for item in config.get("user_input_form") or () if _TOOL in item]
    return EasyConfig(settings, form, tuple({tool["variable"]: tool for tool in tools}.values()))


def _tool(field: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "variable": field.get("variable") or "",
        "type": field.get("type") or "api",
        "config": field.get("config") or {},
    }
