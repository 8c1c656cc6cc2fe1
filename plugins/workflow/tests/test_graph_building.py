"""Building a graph: what is accepted, what is refused, and how the refusal reads."""

import pytest

from dify_runtime_sdk import DuplicateNameError
from dify_runtime_sdk.workflow import NodeOffer
from dify_workflow import CycleError, Graph, GraphError, NodeRegistry

LOOP = {"type": "loop", "loop_count": 1, "break_conditions": [], "logical_operator": "and"}
ITERATION = {"type": "iteration", "iterator_selector": ["start", "a"], "output_selector": ["x", "y"]}


def codes(error):
    return [problem.code for problem in error.value.problems]


def refused(kit, nodes, *edges, root=None):
    with pytest.raises(GraphError) as error:
        kit.graph(nodes, *edges, root=root)
    return error


def test_the_root_is_the_first_free_node_of_a_kind_that_starts(kit):
    graph = kit.graph({"x": {"type": "join"}, "t": {"type": "trigger-webhook"}}, "t > x")
    assert graph.root_id == "t"


def test_a_root_can_be_named(kit):
    nodes = {"s1": {"type": "start"}, "s2": {"type": "start"}, "x": {"type": "join"}}
    assert kit.graph(nodes, "s1 > x", "s2 > x", root="s2").root_id == "s2"


def test_a_node_that_nothing_can_start_with_is_no_root(kit):
    assert codes(refused(kit, {"x": {"type": "join"}})) == ["INVALID_ROOT"]


def test_a_named_root_must_be_there(kit):
    assert codes(refused(kit, {"s": {"type": "start"}}, root="gone")) == ["MISSING_NODE"]


def test_a_graph_without_nodes_has_no_root(kit):
    assert codes(refused(kit, {})) == ["NO_ROOT"]


def test_an_edge_to_an_unknown_node_is_refused(kit):
    error = refused(kit, {"start": {"type": "start"}}, "start > gone")
    assert codes(error) == ["MISSING_NODE"]
    assert "'gone'" in str(error.value)


def test_an_edge_from_an_unknown_node_is_refused(kit):
    assert codes(refused(kit, {"start": {"type": "start"}}, "gone > start")) == ["MISSING_NODE"]


def test_start_and_trigger_exclude_each_other(kit):
    nodes = {"s": {"type": "start"}, "t": {"type": "trigger-webhook"}}
    assert codes(refused(kit, nodes)) == ["TRIGGER_START_NODE_CONFLICT"]


def test_every_node_is_validated_also_one_that_nothing_leads_to(kit):
    error = refused(kit, {"start": {"type": "start"}, "far": {"type": "unheard-of", "title": "Far"}})
    (problem,) = error.value.problems
    assert (problem.code, problem.node_id, problem.title, problem.field) == (
        "UNKNOWN_NODE_TYPE",
        "far",
        "Far",
        "data.type",
    )


def test_all_problems_are_told_at_once_with_their_fields(kit):
    nodes = {"start": {"type": "start"}, "a": {"type": "nope"}, "it": {**ITERATION, "start_node_id": 3}}
    error = refused(kit, nodes, "start > a > gone")
    assert sorted(codes(error)) == ["INVALID_NODE", "MISSING_NODE", "UNKNOWN_NODE_TYPE"]
    assert "data.start_node_id" in {problem.field for problem in error.value.problems}


def test_notes_are_no_nodes(kit):
    definition = kit.definition({"start": {"type": "start"}})
    definition["nodes"].append({"id": "note", "type": "custom-note", "data": {"type": "", "text": "hi"}})
    graph = Graph.build(definition, kit.registry)
    assert set(graph.nodes) == {"start"}


@pytest.mark.parametrize(
    "broken",
    [
        {"nodes": 3},
        {"nodes": [{"id": "", "data": {}}]},
        {"nodes": [{"data": {"type": "start"}}]},
        {"nodes": [{"id": "a", "data": None}]},
        {"nodes": [{"id": "a", "data": {"type": "start"}}, {"id": "a", "data": {"type": "start"}}]},
        {"nodes": [], "edges": "none"},
    ],
)
def test_malformed_files_are_refused(kit, broken):
    with pytest.raises(GraphError):
        Graph.build(broken, kit.registry)


def test_a_circle_is_named_in_order(kit):
    nodes = {name: {"type": "join"} for name in "abc"}
    with pytest.raises(CycleError) as error:
        kit.graph(nodes, "start > a > b > c > a")
    assert error.value.cycle == ("a", "b", "c")
    assert "a -> b -> c -> a" in str(error.value)


def test_a_circle_that_nothing_leads_to_is_refused_too(kit):
    nodes = {"start": {"type": "start"}, "a": {"type": "join"}}
    with pytest.raises(CycleError):
        kit.graph(nodes, "a > a")


def test_a_container_needs_an_inner_start(kit):
    error = refused(kit, {"start": {"type": "start"}, "lp": {**LOOP, "start_node_id": "gone"}}, "start > lp")
    assert codes(error) == ["MISSING_NODE"]


async def test_a_container_of_an_older_file_starts_with_an_ordinary_node(kit):
    nodes = {
        "lp": {**LOOP, "start_node_id": "x"},
        "x": {"type": "join", "text": "a"},
        "y": {"type": "join", "text": "b"},
    }
    _, events = await kit.play(kit.graph(nodes, "start > lp", "x > y"))
    assert [name for name in kit.names(events) if name in {"Started x", "Started y"}][:2] == ["Started x", "Started y"]


def test_containers_that_hold_each_other_are_a_circle(kit):
    nodes = {
        "a": {**LOOP, "start_node_id": "sa"},
        "b": {**LOOP, "start_node_id": "sb"},
        "sa": {"type": "loop-start"},
        "sb": {"type": "loop-start"},
    }
    with pytest.raises(CycleError) as error:
        kit.graph(nodes, "start > a", "sa > b", "sb > a")
    assert set(error.value.cycle) == {"a", "b"}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", "many"),
        ("number", True),
        ("object", "[1]"),
        ("array[number]", '["a"]'),
        ("array[string]", [1]),
        ("array[object]", "{"),
        ("string", 3),
    ],
)
def test_a_default_value_of_another_type_is_refused(kit, kind, value):
    node = {
        "type": "script",
        "error_strategy": "default-value",
        "default_value": [{"key": "k", "type": kind, "value": value}],
    }
    error = refused(kit, {"bad": node}, "start > bad")
    assert codes(error) == ["INVALID_NODE"]
    assert "'k'" in str(error.value)


def test_a_loop_variable_of_another_type_is_refused(kit):
    variable = {"label": "i", "var_type": "number", "value_type": "constant", "value": "x"}
    nodes = {"lp": {**LOOP, "start_node_id": "ls", "loop_variables": [variable]}, "ls": {"type": "loop-start"}}
    assert codes(refused(kit, nodes, "start > lp")) == ["INVALID_NODE"]


def test_an_unknown_version_gets_the_newest_class(kit):
    class Second(kit.registry.find("join", "1").node):
        version = "2"

    class Tenth(kit.registry.find("join", "1").node):
        version = "10"

    registry = NodeRegistry([NodeOffer("join", Second, "2"), NodeOffer("join", Tenth, "10")])
    assert registry.find("join", "2").node is Second
    assert registry.find("join", "7").node is Tenth


def test_an_older_name_finds_the_type_and_is_listed_once(kit):
    class Renamed(kit.registry.find("join", "1").node):
        type = "new-name"

    registry = NodeRegistry([NodeOffer("new-name", Renamed, aliases=("old-name",))])
    assert registry.find("old-name", "1").node is Renamed
    assert [node_type.node for node_type in registry] == [Renamed]
    assert set(registry.schemas()) == {"new-name"}


def test_a_type_is_taken_once_per_version(kit):
    join = NodeOffer("join", kit.registry.find("join", "1").node)
    registry = NodeRegistry()
    registry.add(join, owner="first")
    with pytest.raises(DuplicateNameError, match=r"'join'.*'first'.*'second'"):
        registry.add(join, owner="second")


def test_a_long_chain_is_built_without_recursion(kit):
    nodes = {f"n{at}": {"type": "join"} for at in range(10_000)}
    graph = kit.graph(nodes, "start > " + " > ".join(nodes))
    assert len(graph.compiled.root.nodes) == 10_001
