"""Code: what `main` is given, and what may come back."""

import pytest
from pydantic import ValidationError

from dify_nodes import NodesSettings
from dify_nodes.code import CodeNode
from dify_runtime_sdk.code import (
    CodeExecutionError,
    CodeExecutor,
    CodeLanguage,
    CodeLimitError,
    CodeRefusedError,
)
from dify_runtime_sdk.workflow import NodeError

LIMITS = NodesSettings(
    CODE_MAX_NUMBER=100,
    CODE_MIN_NUMBER=-100,
    CODE_MAX_DEPTH=3,
    CODE_MAX_PRECISION=3,
    CODE_MAX_STRING_LENGTH=5,
    CODE_MAX_STRING_ARRAY_LENGTH=2,
    CODE_MAX_OBJECT_ARRAY_LENGTH=2,
    CODE_MAX_NUMBER_ARRAY_LENGTH=3,
)


class Scripted:
    """Gives back a result, or raises it."""

    def __init__(self, result) -> None:
        self.result = result
        self.call = None

    async def run(self, call):
        self.call = call
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def code(outputs, **names):
    variables = [{"variable": name, "value_selector": selector.split(".")} for name, selector in names.items()]
    data = {"type": "code", "title": "C", "code_language": "python3", "code": "def main(): ...", "variables": variables}
    return CodeNode("code", CodeNode.config_type.model_validate({**data, "outputs": outputs}), settings=LIMITS)


@pytest.fixture
def ran(context, at_once):
    def run(outputs, result):
        return at_once(code(outputs).run(context(services={CodeExecutor: Scripted(result)}))).outputs

    return run


def declared(kind, children=None):
    return {"r": {"type": kind, "children": children}}


def test_main_is_called_with_the_variables(context, at_once, make_file):
    executor = Scripted({"r": "ok"})
    values = {"a.text": "x", "a.file": make_file("b.txt"), "a.none": [], "a.list": []}
    run = context(values, types={"a.none": "array[file]"}, services={CodeExecutor: executor})
    node = code(declared("string"), text="a.text", file="a.file", none="a.none", list="a.list", gone="b.gone")
    result = at_once(node.run(run))
    given = executor.call.inputs
    assert executor.call.language is CodeLanguage.PYTHON3
    assert given["file"]["filename"] == "b.txt"
    assert (given["text"], given["none"], given["list"], given["gone"]) == ("x", None, [], None)
    assert result.outputs == {"r": "ok"}
    assert result.inputs["file"].filename == "b.txt"


@pytest.mark.parametrize(
    ("kind", "value", "out"),
    [
        ("string", "text", "text"),
        ("string", "a\x00b", "ab"),
        ("string", "", ""),
        ("string", "12345", "12345"),
        ("number", 5, 5),
        ("number", 100, 100),
        ("number", -1.125, -1.125),
        ("number", True, 1),
        ("boolean", False, False),
        ("object", {"a": [1, "b\x00", None, True]}, {"a": [1, "b", None, True]}),
        ("object", {}, {}),
        ("object", {"a": {"b": 1}}, {"a": {"b": 1}}),
        ("array[string]", ["a", "b\x00"], ["a", "b"]),
        ("array[string]", ["a", None], ["a", None]),
        ("array[string]", [], []),
        ("array[number]", [1, 2.5, True], [1, 2.5, 1]),
        ("array[object]", [{"a": 1}, None], [{"a": 1}, None]),
        ("array[boolean]", [True] * 50, [True] * 50),
    ],
)
def test_a_declared_type_is_accepted(ran, kind, value, out):
    assert ran(declared(kind), {"r": value}) == {"r": out}


@pytest.mark.parametrize(
    "kind",
    [
        "string",
        "number",
        "boolean",
        "object",
        "array[string]",
        "array[number]",
        "array[object]",
        "array[boolean]",
    ],
)
def test_null_is_accepted_for_every_type(ran, kind):
    assert ran(declared(kind), {"r": None}) == {"r": None}


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        ("string", 5, "Output r must be of type string, got int"),
        ("number", "5", "must be of type number, got str"),
        ("boolean", 1, "must be of type boolean, got int"),
        ("object", [], "must be of type object, got list"),
        ("array[string]", "a", "Output r is not an array"),
        ("array[string]", ["a", 1], r"Output r\[1\] must be of type string"),
        ("array[number]", ["1"], "must be of type number"),
        ("array[object]", ["a"], "must be of type object"),
        ("array[boolean]", [1], "must be of type boolean"),
        ("string", "123456", "at most 5 characters"),
        ("number", 101, "between -100 and 100"),
        ("number", -100.5, "between -100 and 100"),
        ("number", float("nan"), "between"),
        ("number", float("inf"), "between"),
        ("number", 1.0005, "at most 3 decimal places"),
        ("number", 1e-7, "at most 3 decimal places"),
        ("array[string]", ["a"] * 3, "at most 2 elements"),
        ("array[object]", [{}] * 3, "at most 2 elements"),
        ("array[number]", [1] * 4, "at most 3 elements"),
        ("array[number]", [101], "between"),
        ("array[string]", ["123456"], "at most 5 characters"),
        ("object", {"a": "123456"}, "Output r.a must|of output r.a"),
        ("object", {"a": [101]}, r"Output r.a\[0\] must be between"),
    ],
)
def test_another_type_or_size_is_refused(ran, kind, value, says):
    with pytest.raises(NodeError, match=says) as failure:
        ran(declared(kind), {"r": value})
    assert failure.value.error_type == "OutputValidationError"


def test_a_declared_output_must_be_there(ran):
    with pytest.raises(NodeError, match="Output r is missing"):
        ran(declared("string"), {})


@pytest.mark.parametrize("outputs", [declared("string"), {}])
def test_an_undeclared_output_is_refused(ran, outputs):
    with pytest.raises(NodeError, match=r"Not all output parameters are validated\."):
        ran(outputs, {"r": "x", "more": 1})


@pytest.mark.parametrize("result", [[1], "text", None])
def test_the_result_must_be_an_object(ran, result):
    with pytest.raises(NodeError, match="is not an object"):
        ran(declared("string"), result)


CHILDREN = {"name": {"type": "string"}, "tags": {"type": "array[string]"}}


def test_children_are_checked_like_outputs(ran):
    value = {"name": "a", "tags": ["b"]}
    assert ran(declared("object", CHILDREN), {"r": value}) == {"r": value}
    assert ran(declared("array[object]", CHILDREN), {"r": [value]}) == {"r": [value]}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"name": "a"}, r"Output r\.tags is missing"),
        ({"name": "a", "tags": [], "more": 1}, "Not all output parameters"),
        ({"name": 5, "tags": []}, r"Output r\.name must be of type string"),
    ],
)
def test_wrong_children_are_refused(ran, value, says):
    with pytest.raises(NodeError, match=says):
        ran(declared("object", CHILDREN), {"r": value})
    with pytest.raises(NodeError, match=says.replace(r"r\.", r"r\[0\]\.")):
        ran(declared("array[object]", CHILDREN), {"r": [value]})


def nested(depth):
    return {} if depth == 1 else {"a": nested(depth - 1)}


def declaration(depth):
    children = None if depth == 1 else {"a": declaration(depth - 1)}
    return {"type": "object", "children": children}


@pytest.mark.parametrize("children", [False, True])
@pytest.mark.parametrize(("depth", "fails"), [(2, False), (3, True)])
def test_objects_nest_only_so_deep(ran, children, depth, fails):
    outputs = {"r": declaration(depth)} if children else declared("object")
    if not fails:
        assert ran(outputs, {"r": nested(depth)}) == {"r": nested(depth)}
        return
    with pytest.raises(NodeError, match="Depth limit 3 reached") as failure:
        ran(outputs, {"r": nested(depth)})
    assert failure.value.error_type == "DepthLimitError"


def test_lists_that_nest_without_end_are_refused(ran):
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(NodeError, match="Depth limit 3 reached"):
        ran(declared("object"), {"r": {"a": value}})


@pytest.mark.parametrize("error", [CodeExecutionError, CodeLimitError, CodeRefusedError])
def test_code_that_gives_no_result_fails_the_node(context, at_once, error):
    executor = Scripted(error("ValueError: boom", hint="look at line 3"))
    run = context({"a.mode": "raise"}, services={CodeExecutor: executor})
    with pytest.raises(NodeError, match="ValueError: boom") as failure:
        at_once(code(declared("string"), mode="a.mode").run(run))
    assert failure.value.error_type == "CodeExecutionError"
    assert failure.value.inputs == {"mode": "raise"}


def test_a_refused_result_leaves_the_inputs_to_the_log(context, at_once):
    run = context({"a.mode": "x"}, services={CodeExecutor: Scripted({"r": 5})})
    with pytest.raises(NodeError) as failure:
        at_once(code(declared("string"), mode="a.mode").run(run))
    assert failure.value.inputs == {"mode": "x"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_language": "jinja2"},
        {"outputs": declared("file")},
        {"outputs": declared("array[array]")},
    ],
)
def test_an_unknown_language_or_type_is_an_error_of_the_file(node, wrong):
    data = {"code_language": "python3", "code": "", "outputs": {}}
    with pytest.raises(ValidationError):
        node(CodeNode, **{**data, **wrong})


def test_it_honours_retries_and_ignores_dependencies(node):
    data = {"code_language": "javascript", "code": "", "outputs": {}, "dependencies": [{"name": "x"}]}
    assert node(CodeNode, **data).retryable
