"""A run that was killed between any two events is continued to the same end."""

from contextlib import aclosing

import pytest

from dify_runtime_sdk.workflow import VariableType
from dify_workflow import FileJournal, MemoryJournal, Run, RunLimits, Variable

LIMITS = RunLimits(max_steps=10_000)


def branches(kit):
    nodes = {
        "sw": {"type": "switch", "on": ["start", "way"]},
        "a": {"type": "join", "text": "A{{#start.way#}}"},
        "b": {"type": "join", "text": "B"},
        "c": {"type": "talk", "chunks": ["x", "y", "z"]},
        "d": {"type": "talk", "chunks": ["1", "2"]},
        "e": {"type": "answer", "answer": "<{{#a.output#}}|{{#b.output#}}|{{#c.text#}}|{{#d.text#}}>"},
        "f": {"type": "answer", "answer": "again {{#c.text#}}"},
    }
    return kit.graph(nodes, "start > sw:left > a > e > f", "sw:right > b > e", "start > c > e", "start > d > e")


def containers(kit, parallel=False, depth=True):
    nodes = {
        "it": {
            "type": "iteration",
            "iterator_selector": ["start", "items"],
            "output_selector": ["say", "text"],
            "start_node_id": "its",
            "is_parallel": parallel,
            "parallel_nums": 2,
        },
        "its": {"type": "iteration-start"},
        "say": {"type": "talk", "chunks": ["p", "q"]},
        "in": {"type": "answer", "answer": "[{{#it.item#}}:{{#say.text#}}]"},
        "count": {"type": "put", "target": ["conversation", "n"], "value": 1, "add": not parallel},
        "lp": {
            "type": "loop",
            "loop_count": 2,
            "break_conditions": [],
            "logical_operator": "and",
            "loop_variables": [{"label": "k", "var_type": "number", "value_type": "constant", "value": "0"}],
            "start_node_id": "lps",
        },
        "lps": {"type": "loop-start"},
        "inc": {"type": "put", "target": ["lp", "k"], "value": 1, "add": True},
        "out": {"type": "answer", "answer": "{{#it.output#}} {{#lp.k#}} {{#conversation.n#}}"},
    }
    inner = ["its > say > count > in > lp", "lps > inc"] if depth else ["its > say > count > in", "lps > inc"]
    outer = "start > it > out" if depth else "start > it > lp > out"
    return kit.graph(nodes, outer, *inner)


def retries(kit):
    nodes = {
        "bad": {
            "type": "script",
            "do": "flaky",
            "retry_config": {"retry_enabled": True, "max_retries": 3, "retry_interval": 0},
        },
        "worse": {
            "type": "script",
            "do": "never",
            "error_strategy": "default-value",
            "default_value": [{"key": "output", "type": "string", "value": "stand-in"}],
        },
        "out": {"type": "answer", "answer": "{{#bad.output#}} {{#worse.output#}} {{#worse.error_message#}}"},
    }
    kit.fails("never")

    def flaky(context):
        if context.attempt < 3:
            raise RuntimeError("again")
        return {"output": f"attempt {context.attempt}"}

    kit.script(flaky)
    return kit.graph(nodes, "start > bad > worse > out")


INPUTS = {"way": "left", "items": ["u", "v", "w"]}
CONVERSATION = (Variable("n", 0, VariableType.NUMBER),)
GRAPHS = {
    "branches": branches,
    "containers": containers,
    "parallel": lambda kit: containers(kit, parallel=True),
    "in turn": lambda kit: containers(kit, depth=False),
    "retries": retries,
}


async def until(run, count):
    """The first `count` events; then the run is gone."""
    seen = []
    async with aclosing(run.events()) as events:
        async for event in events:
            seen.append(event)
            if len(seen) == count:
                break
    return seen


def texts(kit, events):
    return kit.chunks(events)


@pytest.mark.parametrize("name", GRAPHS)
async def test_killed_after_any_event_the_run_gives_the_same(kit, name):
    graph = GRAPHS[name](kit)
    whole, events = await kit.play(graph, inputs=INPUTS, conversation=CONVERSATION)
    assert whole.outcome.status in {"succeeded", "partial-succeeded"}
    for count in range(1, len(events)):
        journal = MemoryJournal()
        seen = await until(kit.run(graph, inputs=INPUTS, conversation=CONVERSATION, journal=journal), count)
        resumed = await Run.resume(graph, journal, delivered=len(seen), limits=LIMITS)
        seen += [event async for event in resumed.events()]
        assert resumed.outcome.outputs == whole.outcome.outputs, count
        assert resumed.outcome.status == whole.outcome.status
        assert texts(kit, seen) == texts(kit, events), count
        assert kit.told(seen) == kit.told(events) or name in {"parallel", "branches"}
        assert resumed.outcome.total_steps == whole.outcome.total_steps
        assert resumed.outcome.total_tokens == whole.outcome.total_tokens
        assert resumed.outcome.conversation == whole.outcome.conversation


@pytest.mark.parametrize("name", GRAPHS)
async def test_a_file_cut_off_at_any_byte_is_continued(kit, name, tmp_path):
    graph = GRAPHS[name](kit)
    path = tmp_path / "journal"
    async with await FileJournal.open(path) as journal:
        whole, events = await kit.play(graph, inputs=INPUTS, conversation=CONVERSATION, journal=journal)
    data = path.read_bytes()
    first = data.index(b"\n") + 1
    for size in range(first, len(data), max(1, len(data) // 60)):
        path.write_bytes(data[:size])
        async with await FileJournal.open(path) as journal:
            resumed = await Run.resume(graph, journal, delivered=0, limits=LIMITS)
            seen = [event async for event in resumed.events()]
        assert resumed.outcome.outputs == whole.outcome.outputs
        assert texts(kit, seen) == texts(kit, events)
