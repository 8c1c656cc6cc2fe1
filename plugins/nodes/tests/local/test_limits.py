"""The limits that the operator set arrive at the nodes."""

import pytest

from dify_nodes import NodesSettings
from dify_nodes.offers import node_offers
from dify_runtime_sdk.code import CodeExecutor, TemplateRenderer
from dify_runtime_sdk.workflow import NodeError
from dify_workflow import NodeRegistry


def made(settings, kind, **data):
    found = NodeRegistry(node_offers(settings)).find(kind, "1")
    return found.make("node", found.node.config_type.model_validate({"type": kind, "title": "A node", **data}))


class Fixed:
    """Gives the same result for every code and template."""

    def __init__(self, result):
        self.result = result

    async def run(self, call):
        return self.result

    async def render(self, source, variables):
        return self.result


@pytest.mark.parametrize(
    ("setting", "value", "kind", "result"),
    [
        ("CODE_MAX_NUMBER", 10, "number", 11),
        ("CODE_MIN_NUMBER", -10, "number", -11),
        ("CODE_MAX_DEPTH", 1, "object", {}),
        ("CODE_MAX_PRECISION", 1, "number", 1.25),
        ("CODE_MAX_STRING_LENGTH", 1, "string", "ab"),
        ("CODE_MAX_STRING_ARRAY_LENGTH", 1, "array[string]", ["a", "b"]),
        ("CODE_MAX_OBJECT_ARRAY_LENGTH", 1, "array[object]", [{}, {}]),
        ("CODE_MAX_NUMBER_ARRAY_LENGTH", 1, "array[number]", [1, 2]),
    ],
)
def test_a_limit_of_code_is_the_operators(context, at_once, setting, value, kind, result):
    run = context(services={CodeExecutor: Fixed({"r": result})})
    data = {"code_language": "python3", "code": "", "outputs": {"r": {"type": kind}}}
    with pytest.raises(NodeError):
        at_once(made(NodesSettings(**{setting: value}), "code", **data).run(run))
    if setting != "CODE_MAX_DEPTH":  # an object is refused by the smallest depth alone
        at_once(made(NodesSettings(), "code", **data).run(run))


def test_the_length_of_a_template_is_the_operators(context, at_once):
    run = context(services={TemplateRenderer: Fixed("abc")})
    with pytest.raises(NodeError, match="exceeds 2 characters"):
        at_once(made(NodesSettings(TEMPLATE_TRANSFORM_MAX_LENGTH=2), "template-transform", template="").run(run))


def test_the_defaults_are_those_of_dify():
    settings = NodesSettings()
    assert (settings.CODE_MAX_NUMBER, settings.CODE_MIN_NUMBER) == (9223372036854775807, -9223372036854775807)
    assert (settings.CODE_MAX_STRING_LENGTH, settings.TEMPLATE_TRANSFORM_MAX_LENGTH) == (400_000, 400_000)
    assert (settings.CODE_MAX_STRING_ARRAY_LENGTH, settings.CODE_MAX_NUMBER_ARRAY_LENGTH) == (30, 1000)
