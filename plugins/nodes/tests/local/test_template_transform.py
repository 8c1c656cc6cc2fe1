"""Template-transform: what the template is given, and what its failures look like."""

import pytest

from dify_nodes import NodesSettings
from dify_nodes.template_transform import TemplateTransformNode
from dify_runtime_sdk.code import TemplateError, TemplateRenderer
from dify_runtime_sdk.workflow import NodeError


class Scripted:
    """Renders `str.format` templates, and keeps what it was given."""

    def __init__(self) -> None:
        self.given = None

    async def render(self, source, variables):
        self.given = variables
        if source == "broken":
            raise TemplateError("unexpected end of template", hint="close the block")
        return source.format(**variables)


@pytest.fixture
def renderer():
    return Scripted()


def template(node, text, **names):
    variables = [{"variable": name, "value_selector": selector.split(".")} for name, selector in names.items()]
    return node(TemplateTransformNode, template=text, variables=variables)


def test_the_text_is_the_output(node, context, at_once, renderer):
    run = context({"a.x": "Ada", "a.n": 5}, services={TemplateRenderer: renderer})
    result = at_once(template(node, "{name} is {n}", name="a.x", n="a.n").run(run))
    assert result.outputs == {"output": "Ada is 5"}
    assert result.inputs == {"name": "Ada", "n": 5}


def test_files_are_objects_and_what_does_not_exist_is_null(node, context, at_once, renderer, make_file):
    run = context({"a.files": [make_file("b.txt")]}, services={TemplateRenderer: renderer})
    at_once(template(node, "", files="a.files", gone="a.gone").run(run))
    assert renderer.given["gone"] is None
    assert renderer.given["files"][0]["filename"] == "b.txt"


def test_a_failing_template_fails_the_node(node, context, at_once, renderer):
    run = context({"a.x": 1}, services={TemplateRenderer: renderer})
    with pytest.raises(NodeError, match="unexpected end of template") as failure:
        at_once(template(node, "broken", x="a.x").run(run))
    assert failure.value.error_type == "CodeExecutionError"
    assert failure.value.inputs == {"x": 1}


@pytest.mark.parametrize(("length", "fails"), [(10, False), (11, True)])
def test_the_length_of_the_text_is_limited(context, at_once, renderer, length, fails):
    config = TemplateTransformNode.config_type.model_validate(
        {"type": "template-transform", "title": "T", "template": "x" * length}
    )
    node = TemplateTransformNode("t", config, settings=NodesSettings(TEMPLATE_TRANSFORM_MAX_LENGTH=10))
    run = context(services={TemplateRenderer: renderer})
    if not fails:
        assert at_once(node.run(run)).outputs == {"output": "x" * length}
        return
    with pytest.raises(NodeError, match="Output length exceeds 10 characters"):
        at_once(node.run(run))
