import pytest
from dify_slugs.plugin import SlugsPlugin

from dify_workflow import GraphError

APP = """
kind: app
version: 0.5.0
app: {mode: workflow, name: slugs}
workflow:
  graph:
    nodes:
      - id: start
        data:
          type: start
          title: Start
          variables: [{variable: title, type: text-input}]
      - id: slug
        data: {type: slug, title: Slug, text: "{{#start.title#}}", max_length: 12}
      - id: end
        data:
          type: end
          title: End
          outputs: [{variable: slug, value_selector: [slug, slug]}]
    edges:
      - {id: a, source: start, target: slug}
      - {id: b, source: slug, target: end}
"""


@pytest.fixture
def workflow_plugins(workflow_plugins):
    return {**workflow_plugins, "slugs": SlugsPlugin}


async def test_a_text_becomes_a_slug(workflow):
    played = await workflow(APP, inputs={"title": "Crème brûlée, at last!"})
    assert played.outputs == {"slug": "creme-brulee"}
    assert played.node("slug").inputs == {"text": "Crème brûlée, at last!"}


async def test_a_text_of_which_nothing_is_left_fails(workflow):
    played = await workflow(APP, inputs={"title": "!!!"})
    assert played.error == "nothing of the text can stand in an address"


async def test_a_wrong_configuration_is_refused(workflow):
    with pytest.raises(GraphError, match=r"data\.max_length"):
        await workflow(APP, node_overrides={"slug": {"max_length": 0}})
