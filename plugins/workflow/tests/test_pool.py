"""Variables: addresses, scopes, types, assignment."""

import pytest

from dify_runtime_sdk.workflow import File, FileType, NodeError, Template, TextForm, TransferMethod, VariableType
from dify_workflow import Variable
from dify_workflow.run.setup import make_pool
from dify_workflow.state.pool import Pool, WritingScope

FILE = File(
    type=FileType.IMAGE, transfer_method=TransferMethod.REMOTE_URL, filename="a.png", url="http://x/a.png", size=7
)


@pytest.fixture
def pool():
    environment = [Variable("key", "secret-value", VariableType.SECRET)]
    conversation = [Variable("n", 1, VariableType.NUMBER), Variable("list", [], VariableType.ARRAY_STRING)]
    pool = make_pool({"query": "q"}, environment, conversation, {"shared": {"a": 1}})
    pool.spaces["node"] = {"obj": {"a": {"b": None}}, "list": [1], "file": FILE, "text": "t", "null": None}
    return pool


@pytest.mark.parametrize(
    ("selector", "value"),
    [
        (("sys", "query"), "q"),
        (("env", "key"), "secret-value"),
        (("conversation", "n"), 1),
        (("rag", "shared", "a"), 1),
        (("node", "obj", "a"), {"b": None}),
        (("node", "file", "name"), "a.png"),
        (("node", "file", "size"), 7),
    ],
)
def test_values_are_found_by_their_address(pool, selector, value):
    assert pool.get(selector) == value
    assert pool.has(selector)


@pytest.mark.parametrize(
    "selector",
    [
        (),
        ("node",),
        ("node", "gone"),
        ("gone", "x"),
        ("node", "list", "0"),
        ("node", "text", "a"),
        ("node", "obj", "a", "c"),
        ("node", "obj", "a", "b", "c"),
        ("node", "file", "gone"),
    ],
)
def test_what_is_not_there_is_the_default(pool, selector):
    assert pool.get(selector, "default") == "default"
    assert not pool.has(selector)
    assert pool.text(selector) is None
    assert pool.type_of(selector) is None


def test_null_is_a_value(pool):
    assert pool.has(("node", "null"))
    assert pool.has(("node", "obj", "a", "b"))
    assert pool.text(("node", "null")) == ""


def test_declared_types_come_before_those_of_values(pool):
    assert pool.type_of(("conversation", "n")) is VariableType.NUMBER
    assert pool.type_of(("conversation", "list")) is VariableType.ARRAY_STRING
    assert pool.type_of(("node", "list")) is VariableType.ARRAY_NUMBER


def test_secrets_are_hidden_in_logs_alone(pool):
    assert pool.text(("env", "key")) == "secret-value"
    assert "secret-value" not in pool.text(("env", "key"), TextForm.LOG)


def test_templates_are_rendered_from_the_variables(pool):
    assert pool.render(Template.parse("{{#sys.query#}} {{#node.gone#}}")) == "q node.gone"


def test_an_inner_scope_reads_through_and_keeps_what_is_written(pool):
    inner = Pool(pool)
    inner.put("conversation", "n", 2)
    assert (inner.get(("conversation", "n")), pool.get(("conversation", "n"))) == (2, 1)
    assert inner.get(("sys", "query")) == "q"
    assert inner.namespace("conversation") == {"n": 2, "list": []}
    assert inner.namespace("sys") == {"query": "q"}
    assert inner.namespace("gone") == {}


def test_what_an_attempt_writes_is_its_own(pool):
    scope = WritingScope(pool)
    scope.assign(("conversation", "n"), 5)
    assert (scope.get(("conversation", "n")), pool.get(("conversation", "n"))) == (5, 1)
    assert scope.writes == {("conversation", "n"): 5}


@pytest.mark.parametrize("selector", [("conversation", "gone"), ("node", "obj", "a"), ("x",)])
def test_only_variables_that_exist_are_assigned(pool, selector):
    with pytest.raises(NodeError):
        WritingScope(pool).assign(selector, 1)


async def test_a_failed_attempt_leaves_no_trace_in_the_variables(kit):
    async def n(context):
        context.variables.assign(("conversation", "v"), "written")
        raise ValueError

    class Writing(kit.registry.find("script", "1").node):
        type = "writing"

        def writes(self):
            return [("conversation", "v")]

    from dify_runtime_sdk.workflow import NodeOffer

    kit.registry.add(NodeOffer("writing", Writing, arguments={"scripts": kit.scripts}), owner="test")
    kit.script(n)
    nodes = {
        "n": {"type": "writing", "error_strategy": "fail-branch"},
        "out": {"type": "end", "outputs": {"v": ["conversation", "v"]}},
    }
    run, _ = await kit.play(kit.graph(nodes, "start > n:fail-branch > out"), conversation=[Variable("v", "old")])
    assert run.outcome.outputs == {"v": "old"}
    assert run.outcome.conversation == {}


async def test_a_node_that_does_not_declare_its_writes_may_not_assign(kit):
    kit.scripts["n"] = lambda context: context.variables.assign(("conversation", "v"), 1)
    run, _ = await kit.play(kit.graph({"n": {"type": "script"}}, "start > n"), conversation=[Variable("v", "old")])
    assert run.outcome.status == "failed"
    assert "conversation.v" in run.outcome.error
