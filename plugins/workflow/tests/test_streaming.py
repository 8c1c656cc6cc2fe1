"""The order of what is streamed."""

import asyncio

from dify_runtime_sdk.workflow import NodeRunStreamChunk
from dify_workflow import RunLimits


def pieces(events):
    return [(e.node_id, e.selector, e.chunk, e.is_final) for e in events if isinstance(e, NodeRunStreamChunk)]


async def test_a_stream_is_shown_as_it_comes_and_ends_with_an_empty_piece(kit):
    nodes = {"t": {"type": "talk", "chunks": ["a", "b"]}, "out": {"type": "answer", "answer": "<{{#t.text#}}>"}}
    _, events = await kit.play(kit.graph(nodes, "start > t > out"))
    assert kit.names(events) == [
        "Run Started",
        "Started start",
        "out: <",
        "Succeeded start",
        "Started t",
        "t: a",
        "t: b",
        "t: ",
        "out: >",
        "Succeeded t",
        "Started out",
        "Succeeded out",
        "Run Succeeded",
    ]
    assert [piece[3] for piece in pieces(events)] == [False, False, False, True, True]


async def test_chunks_that_no_response_refers_to_are_not_shown(kit):
    nodes = {"t": {"type": "talk", "chunks": ["a"]}, "out": {"type": "answer", "answer": "done"}}
    _, events = await kit.play(kit.graph(nodes, "start > t > out"))
    assert kit.told(events) == "done"


async def test_a_value_is_one_piece_of_its_node_in_markdown(kit):
    kit.scripts["n"] = lambda context: {"list": ["x", "y"]}
    nodes = {"n": {"type": "script"}, "out": {"type": "answer", "answer": "{{#n.list#}}"}}
    _, events = await kit.play(kit.graph(nodes, "start > n > out"))
    assert pieces(events) == [("n", ("n", "list"), "- x\n- y", True)]
    assert kit.names(events).index("n: - x\n- y") < kit.names(events).index("Succeeded n")


async def test_namespaces_speak_through_the_response(kit):
    nodes = {"out": {"type": "answer", "answer": "{{#sys.query#}}!"}}
    _, events = await kit.play(kit.graph(nodes, "start > out"), system={"query": "hi"})
    assert pieces(events) == [("out", ("sys", "query"), "hi", False), ("out", ("out", "answer"), "!", True)]


async def test_the_response_keeps_the_id_under_which_it_spoke(kit):
    nodes = {"out": {"type": "answer", "answer": "early"}}
    _, events = await kit.play(kit.graph(nodes, "start > out"))
    by_node = {event.id for event in events if getattr(event, "node_id", "") == "out"}
    assert len(by_node) == 1


async def test_an_answer_behind_a_branch_waits_for_it_even_with_constant_text(kit):
    nodes = {"sw": {"type": "switch", "on": ["start", "way"]}, "out": {"type": "answer", "answer": "text"}}
    _, events = await kit.play(kit.graph(nodes, "start > sw:a > out"), inputs={"way": "a"})
    names = kit.names(events)
    assert names.index("Started sw") < names.index("out: text") < names.index("Succeeded sw")


async def test_an_answer_on_an_untaken_branch_is_silent(kit):
    nodes = {
        "sw": {"type": "switch", "on": ["start", "way"]},
        "a": {"type": "answer", "answer": "A"},
        "b": {"type": "answer", "answer": "B"},
    }
    _, events = await kit.play(kit.graph(nodes, "start > sw:a > a", "sw:b > b"), inputs={"way": "b"})
    assert kit.told(events) == "B"


async def test_one_way_without_blocking_edges_is_enough_to_start(kit):
    nodes = {
        "sw": {"type": "switch", "on": ["start", "way"]},
        "j": {"type": "join"},
        "out": {"type": "answer", "answer": "now"},
    }
    _, events = await kit.play(kit.graph(nodes, "start > sw:a > out", "start > j > out"), inputs={"way": "b"})
    assert kit.names(events).index("out: now") < kit.names(events).index("Succeeded start")


async def test_of_a_skipped_node_nothing_is_shown_and_the_rest_goes_on(kit):
    nodes = {
        "sw": {"type": "switch", "on": ["start", "way"]},
        "a": {"type": "join", "text": "A"},
        "b": {"type": "join", "text": "B"},
        "out": {"type": "answer", "answer": "{{#a.output#}}-{{#b.output#}}"},
    }
    _, events = await kit.play(kit.graph(nodes, "start > sw:a > a > out", "sw:b > b > out"), inputs={"way": "b"})
    assert kit.told(events) == "-B"


async def test_a_response_that_waits_for_a_node_goes_on_with_what_happens_after_its_skip(kit):
    nodes = {
        "sw": {"type": "switch", "on": ["start", "way"]},
        "a": {"type": "join"},
        "b": {"type": "join"},
        "out": {"type": "answer", "answer": "{{#a.output#}}rest"},
    }
    graph = kit.graph(nodes, "start > b > out", "start > sw:a > a > out")
    _, events = await kit.play(graph, inputs={"way": "b"}, limits=RunLimits(max_parallel=1))
    names = kit.names(events)
    assert names.index("out: rest") == names.index("Succeeded sw") + 2 == names.index("Succeeded out") - 1


async def test_of_a_start_that_was_not_chosen_nothing_is_shown_and_the_rest_goes_on(kit):
    nodes = {
        "other": {"type": "trigger-webhook"},
        "b": {"type": "join"},
        "hook": {"type": "trigger-webhook"},
        "out": {"type": "answer", "answer": "1 {{#other.x#}}2 {{#b.output#}}3 {{#hook.x#}}"},
    }
    graph = kit.graph(nodes, "other > b > out", "hook > out", root="hook")
    _, events = await kit.play(graph, inputs={"x": "4"})
    assert kit.told(events) == "1 2 3 4"


async def test_a_reference_that_nothing_fills_ends_the_stream_there(kit):
    nodes = {"out": {"type": "answer", "answer": "x {{#gone.away#}} y"}}
    run, events = await kit.play(kit.graph(nodes, "start > out"))
    assert kit.told(events) == "x "
    assert run.outcome.outputs["answer"] == "x gone.away y"


async def test_a_null_value_is_an_empty_piece(kit):
    kit.scripts["n"] = lambda context: {"x": None}
    nodes = {"n": {"type": "script"}, "out": {"type": "answer", "answer": "{{#n.x#}}."}}
    _, events = await kit.play(kit.graph(nodes, "start > n > out"))
    assert [piece[2] for piece in pieces(events)] == ["", "."]


async def test_a_second_answer_waits_for_the_first_though_its_source_is_done(kit):
    nodes = {
        "t": {"type": "talk", "chunks": ["late"]},
        "one": {"type": "answer", "answer": "1 "},
        "two": {"type": "answer", "answer": "{{#t.text#}}"},
    }
    _, events = await kit.play(kit.graph(nodes, "start > t > one > two"))
    names = kit.names(events)
    assert names.index("Succeeded t") < names.index("t: late") < names.index("Succeeded one")


async def test_sessions_take_turns_and_outputs_follow_the_order_of_ends(kit):
    gate = asyncio.Event()

    async def slow(context):
        await gate.wait()
        return {"output": "slow"}

    kit.script(slow)
    kit.scripts["quick"] = lambda context: gate.set() or {"output": "quick"}
    nodes = {
        "slow": {"type": "script"},
        "quick": {"type": "script"},
        "a": {"type": "answer", "answer": "[{{#slow.output#}}]"},
        "b": {"type": "answer", "answer": "[{{#quick.output#}}]"},
    }
    run, events = await kit.play(kit.graph(nodes, "start > slow > a", "start > quick > b"))
    assert kit.told(events) == "[slow][quick]"
    assert run.outcome.outputs["answer"] == "[quick][slow]"


async def test_what_one_branch_lets_start_follows_the_order_of_its_edges(kit):
    nodes = {
        "sw": {"type": "switch", "on": ["start", "way"]},
        "x": {"type": "join"},
        "far": {"type": "answer", "answer": "far "},
        "near": {"type": "answer", "answer": "near "},
    }
    graph = kit.graph(nodes, "start > sw:a > x > far", "sw:a > near")
    run, events = await kit.play(graph, inputs={"way": "a"})
    assert kit.told(events) == "far near "
    assert run.outcome.outputs["answer"] == "near far "


async def test_a_response_waits_for_the_node_that_writes_what_it_shows(kit):
    from dify_runtime_sdk.workflow import VariableType
    from dify_workflow import Variable

    nodes = {
        "put": {"type": "put", "target": ["conversation", "x"], "value": "new"},
        "out": {"type": "answer", "answer": "{{#conversation.x#}}"},
    }
    graph = kit.graph(nodes, "start > put > out")
    run, events = await kit.play(graph, conversation=[Variable("x", "old", VariableType.STRING)])
    assert kit.told(events) == "new"
    assert run.outcome.conversation == {"x": "new"}


async def test_a_stand_in_is_shown_after_the_next_node_has_started(kit):
    kit.fails("n")
    default = [{"key": "output", "type": "string", "value": "stand-in"}]
    nodes = {
        "n": {"type": "script", "error_strategy": "default-value", "default_value": default},
        "out": {"type": "answer", "answer": "{{#n.output#}}"},
    }
    _, events = await kit.play(kit.graph(nodes, "start > n > out"))
    assert kit.names(events)[-5:] == [
        "Exception n",
        "Started out",
        "n: stand-in",
        "Succeeded out",
        "Run PartialSucceeded",
    ]


async def test_an_answer_that_a_failure_leads_to_begins_before_the_event_of_the_failure(kit):
    kit.fails("n", error="gone")
    nodes = {
        "n": {"type": "script", "error_strategy": "fail-branch"},
        "sorry": {"type": "answer", "answer": "Sorry: {{#n.error_message#}}"},
    }
    _, events = await kit.play(kit.graph(nodes, "start > n:fail-branch > sorry"))
    assert kit.names(events)[3:-1] == [
        "Started n",
        "sorry: Sorry: ",
        "n: gone",
        "Exception n",
        "Started sorry",
        "Succeeded sorry",
    ]


async def test_what_a_failed_attempt_streamed_unseen_is_forgotten(kit):
    def n(context):
        context.send(f"try {context.attempt}")
        if context.attempt == 1:
            raise ValueError
        context.finish()
        return {"text": "try 2"}

    kit.script(n)
    retry = {"retry_enabled": True, "max_retries": 1}
    nodes = {
        "sw": {"type": "switch", "on": ["n", "text"]},
        "n": {"type": "script", "retry_config": retry},
        "out": {"type": "answer", "answer": "{{#n.text#}}"},
    }
    _, events = await kit.play(kit.graph(nodes, "start > n > sw:try 2 > out"))
    assert kit.told(events) == "try 2"


async def test_a_stream_that_its_node_left_open_is_closed_when_it_ends(kit):
    def n(context):
        context.send("open")
        return {"text": "open"}

    kit.script(n)
    nodes = {"n": {"type": "script"}, "out": {"type": "answer", "answer": "{{#n.text#}}!"}}
    _, events = await kit.play(kit.graph(nodes, "start > n > out"))
    assert [piece[2:] for piece in pieces(events)] == [("open", False), ("", True), ("!", True)]


async def test_a_stream_cut_off_by_a_failure_lets_the_rest_go_on(kit):
    def n(context):
        context.send("half")
        raise ValueError

    kit.script(n)
    default = [{"key": "text", "type": "string", "value": "whole"}]
    nodes = {
        "n": {"type": "script", "error_strategy": "default-value", "default_value": default},
        "out": {"type": "answer", "answer": "{{#n.text#}}!"},
    }
    run, events = await kit.play(kit.graph(nodes, "start > n > out"))
    assert kit.told(events) == "half!"
    assert run.outcome.outputs["answer"] == "whole!"


async def test_two_answers_may_show_the_same_stream(kit):
    nodes = {
        "t": {"type": "talk", "chunks": ["a", "b"]},
        "one": {"type": "answer", "answer": "{{#t.text#}},"},
        "two": {"type": "answer", "answer": "{{#t.text#}}."},
    }
    run, events = await kit.play(kit.graph(nodes, "start > t > one > two"))
    assert kit.told(events) == "ab,ab." == run.outcome.outputs["answer"]


async def test_ends_join_their_values_with_line_ends(kit):
    nodes = {
        "a": {"type": "join", "text": "A"},
        "out": {"type": "end", "outputs": {"x": ["a", "output"], "y": ["sys", "query"]}},
    }
    _, events = await kit.play(kit.graph(nodes, "start > a > out"), system={"query": "Q"})
    assert [piece[:3] for piece in pieces(events)] == [
        ("a", ("a", "output"), "A"),
        ("out", ("out", "answer"), "\n"),
        ("out", ("sys", "query"), "Q"),
    ]


async def test_notes_of_a_node_are_told_between_its_start_and_its_end(kit):
    def n(context):
        context.retrieved([{"score": 1}], "text")
        context.log("m", "step", "success", data={"a": 1})
        return {}

    kit.script(n)
    _, events = await kit.play(kit.graph({"n": {"type": "script"}}, "start > n"))
    assert kit.names(events)[3:7] == ["Started n", "RetrieverResource n", "AgentLog n", "Succeeded n"]
    assert events[4].retriever_resources == [{"score": 1}]
    assert (events[5].message_id, events[5].data) == ("m", {"a": 1})


async def test_lists_in_a_list_are_shown_as_they_are_written(kit):
    kit.scripts["n"] = lambda context: {"rows": [[1, 2], ["a"]]}
    nodes = {"n": {"type": "script"}, "out": {"type": "answer", "answer": "{{#n.rows#}}"}}
    run, events = await kit.play(kit.graph(nodes, "start > n > out"))
    assert kit.told(events) == "- [1, 2]\n- ['a']" == run.outcome.outputs["answer"]
