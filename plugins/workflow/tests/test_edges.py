"""Which nodes run: branches, joins, skips, and what is told of it."""

from dify_runtime_sdk.workflow import NodeRunStarted, NodeRunSucceeded


def ran(events):
    return [event.node_id for event in events if isinstance(event, NodeRunSucceeded)]


async def test_a_join_waits_for_all_edges_and_runs_once(kit):
    nodes = {name: {"type": "join", "text": name} for name in "abj"}
    _, events = await kit.play(kit.graph(nodes, "start > a > j", "start > b > j"))
    assert ran(events) == ["start", "a", "b", "j"]


async def test_a_join_runs_when_one_side_is_skipped(kit):
    nodes = {"sw": {"type": "switch", "on": ["start", "way"]}, **{n: {"type": "join"} for n in "abcj"}}
    graph = kit.graph(nodes, "start > sw:left > a > j", "sw:right > b > c > j")
    for way, expected in {"left": ["a"], "right": ["b", "c"]}.items():
        _, events = await kit.play(graph, inputs={"way": way})
        assert ran(events) == ["start", "sw", *expected, "j"]


async def test_a_join_that_every_handle_leads_to_runs_once(kit):
    nodes = {"sw": {"type": "switch", "on": ["start", "way"]}, "j": {"type": "join"}}
    graph = kit.graph(nodes, "start > sw:left > j", "sw:right > j", "sw:left > j")
    _, events = await kit.play(graph, inputs={"way": "left"})
    assert ran(events) == ["start", "sw", "j"]


async def test_skips_go_on_until_a_node_with_another_way_in(kit):
    nodes = {"sw": {"type": "switch", "on": ["start", "way"]}, **{n: {"type": "join"} for n in "abcd"}}
    graph = kit.graph(nodes, "start > sw:x > a > b > c", "a > c", "start > d > c")
    _, events = await kit.play(graph, inputs={"way": "y"})
    assert ran(events) == ["start", "sw", "d", "c"]


async def test_a_branch_without_an_edge_ends_there_and_the_run_succeeds(kit):
    nodes = {"sw": {"type": "switch", "on": ["start", "way"]}, "a": {"type": "join"}}
    run, events = await kit.play(kit.graph(nodes, "start > sw:left > a"), inputs={"way": "nowhere"})
    assert run.outcome.status == "succeeded"
    assert ran(events) == ["start", "sw"]


async def test_a_node_that_does_not_branch_takes_all_edges_whatever_their_handles(kit):
    nodes = {name: {"type": "join"} for name in "abc"}
    _, events = await kit.play(kit.graph(nodes, "start > a:strange > b", "a:other > c"))
    assert ran(events) == ["start", "a", "b", "c"]


async def test_other_roots_count_as_skipped(kit):
    nodes = {"start": {"type": "start"}, **{name: {"type": "join"} for name in "abj"}}
    _, events = await kit.play(kit.graph(nodes, "start > a > j", "b > j"))
    assert ran(events) == ["start", "a", "j"]


async def test_a_success_with_a_fail_branch_leaves_by_source_alone(kit):
    kit.scripts["ok"] = lambda context: {"x": 1}
    nodes = {"ok": {"type": "script", "error_strategy": "fail-branch"}, **{n: {"type": "join"} for n in "abc"}}
    _, events = await kit.play(kit.graph(nodes, "start > ok:source > a", "ok:success-branch > b", "ok:fail-branch > c"))
    assert ran(events) == ["start", "ok", "a"]


async def test_started_names_the_node_that_led_there(kit):
    nodes = {"a": {"type": "join"}, "b": {"type": "join"}}
    _, events = await kit.play(kit.graph(nodes, "start > a > b"))
    started = {e.node_id: e.predecessor_node_id for e in events if isinstance(e, NodeRunStarted)}
    assert started == {"start": None, "a": "start", "b": "a"}


async def test_outputs_of_several_ends_are_merged_and_the_later_wins(kit):
    nodes = {
        "a": {"type": "end", "outputs": {"x": ["start", "x"], "both": ["start", "x"]}},
        "b": {"type": "end", "outputs": {"y": ["start", "y"], "both": ["start", "y"]}},
    }
    run, _ = await kit.play(kit.graph(nodes, "start > a", "start > b"), inputs={"x": 1, "y": 2})
    assert run.outcome.outputs == {"x": 1, "y": 2, "both": 2}


async def test_texts_of_several_answers_are_joined(kit):
    nodes = {"a": {"type": "answer", "answer": "one "}, "b": {"type": "answer", "answer": "two"}}
    run, _ = await kit.play(kit.graph(nodes, "start > a > b"))
    assert run.outcome.outputs == {"answer": "one two", "files": []}


async def test_execution_ids_are_uuids_and_differ(kit):
    from uuid import UUID

    nodes = {"a": {"type": "join"}, "b": {"type": "answer", "answer": "early"}}
    _, events = await kit.play(kit.graph(nodes, "start > a > b"))
    ids = [event.id for event in events if isinstance(event, NodeRunStarted)]
    assert len(set(ids)) == 3
    assert all(str(UUID(one)) == one for one in ids)
