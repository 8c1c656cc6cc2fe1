"""Graphs that nobody thought of: killed anywhere, continued to the same end."""

from contextlib import aclosing

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dify_runtime_sdk.workflow import VariableType
from dify_workflow import MemoryJournal, Run, RunLimits, Variable

LIMITS = RunLimits(max_steps=10_000)
KINDS = ("join", "talk", "switch", "answer", "flaky", "never", "put", "iteration", "loop")
CONVERSATION = (Variable("n", 0, VariableType.NUMBER),)
INPUTS = {"way": "left", "items": ["u", "v"]}


class Plain:
    """A journal that keeps every entry."""

    def __init__(self):
        self.entries = []

    def append(self, entry):
        self.entries.append(entry)

    async def flush(self, *, ending=False):
        """Nothing is ever late."""

    async def read(self):
        for entry in list(self.entries):
            yield entry


@st.composite
def graphs(draw):
    """Nodes in an order, each with edges from earlier ones: no circles, and everything else.

    A node refers only to nodes that have certainly been decided before it: what runs beside it may be there or not.
    """
    nodes, edges = {}, []
    above = {"start": []}
    for at in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from(KINDS))
        name = f"sw{at}" if kind == "switch" else f"n{at}"
        sources = draw(st.lists(st.sampled_from(list(above)), min_size=1, max_size=2, unique=True))
        for source in sources:
            handle = draw(st.sampled_from([":left", ":right"])) if source.startswith("sw") else ""
            edges.append(f"{source}{handle} > {name}")
        before = _closure(above, sources)
        nodes.update(_nodes(draw, name, kind, before, edges))
        above[name] = before
    last = draw(st.sampled_from([name for name in above if name != "start"]))
    shown = "".join(f"<{{{{#{name}.output#}}}}>" for name in _closure(above, [last]))
    nodes["last"] = {"type": "answer", "answer": shown}
    edges.append(f"{last}{':left' if last.startswith('sw') else ''} > last")
    return nodes, edges


def _closure(above, sources):
    return list(dict.fromkeys([name for source in sources for name in [*above[source], source]]))


def _nodes(draw, name, kind, before, edges):
    reference = f"{{{{#{draw(st.sampled_from(before))}.output#}}}}"
    match kind:
        case "join":
            return {name: {"type": "join", "text": f"j{reference}"}}
        case "talk":
            waits = draw(st.booleans())
            return {name: {"type": "speak", "chunks": ["a", "b", "c"][: draw(st.integers(0, 3))], "waits": waits}}
        case "switch":
            return {name: {"type": "switch", "on": ["start", "way"]}}
        case "answer":
            return {name: {"type": "answer", "answer": f"[{reference}]"}}
        case "flaky":
            retry = {"retry_enabled": True, "max_retries": 2}
            return {name: {"type": "script", "do": "flaky", "retry_config": retry}}
        case "never":
            default = [{"key": "output", "type": "string", "value": "none"}]
            strategy = draw(st.sampled_from(["default-value", "fail-branch"]))
            return {name: {"type": "script", "do": "never", "error_strategy": strategy, "default_value": default}}
        case "put":
            return {name: {"type": "put", "target": ["conversation", "n"], "value": 2}}
    return _container(draw, name, kind, edges)


def _container(draw, name, kind, edges):
    start, talk, say = f"{name}s", f"{name}t", f"{name}a"
    edges.append(f"{start} > {talk} > {say}")
    inner = {
        start: {"type": f"{kind}-start"},
        talk: {"type": "speak", "chunks": ["p", "q"], "waits": draw(st.booleans())},
        say: {"type": "answer", "answer": f"({{{{#{talk}.output#}}}})"},
    }
    if kind == "loop":
        conditions = {"break_conditions": [], "logical_operator": "and"}
        return {name: {"type": "loop", "loop_count": 2, "start_node_id": start, **conditions}, **inner}
    selectors = {"iterator_selector": ["start", "items"], "output_selector": [say, "answer"]}
    parallel = draw(st.booleans())
    return {name: {"type": "iteration", "start_node_id": start, "is_parallel": parallel, **selectors}, **inner}


def scripts(kit):
    def flaky(context):
        if context.attempt < 2:
            raise RuntimeError("again")
        return {"output": "flaky"}

    kit.script(flaky)
    kit.fails("never")
    talk = kit.registry.find("talk", "1").node

    class Speak(talk):
        """Streams the output that everything refers to."""

        type = "speak"

        async def run(self, context):
            import asyncio

            from dify_runtime_sdk.workflow import NodeResult

            for chunk in self.config.field("chunks"):
                if self.config.field("waits"):
                    await asyncio.sleep(0)
                context.send(chunk, "output")
            context.finish("output")
            return NodeResult(outputs={"output": "".join(self.config.field("chunks"))})

    from dify_runtime_sdk.workflow import NodeOffer

    kit.registry.add(NodeOffer("speak", Speak), owner="test")


async def _killed(kit, graph, journal, count):
    seen = []
    run = kit.run(graph, inputs=INPUTS, conversation=CONVERSATION, journal=journal)
    async with aclosing(run.events()) as events:
        async for event in events:
            seen.append(event)
            if len(seen) == count:
                break
    return seen


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(made=graphs(), data=st.data())
def test_any_graph_killed_anywhere_gives_the_same(kit_factory, made, data):
    import asyncio

    asyncio.run(_compare(kit_factory(), made, data))


async def _compare(kit, made, data):
    scripts(kit)
    graph = kit.graph(made[0], *made[1])
    whole, events = await kit.play(graph, inputs=INPUTS, conversation=CONVERSATION)
    for count in sorted({data.draw(st.integers(1, len(events))) for _ in range(5)}):
        journal = data.draw(st.sampled_from([MemoryJournal, Plain]))()
        seen = await _killed(kit, graph, journal, count)
        resumed = await Run.resume(graph, journal, delivered=count, limits=LIMITS)
        again = await _until(resumed, data.draw(st.integers(1, 6)))
        seen += again
        if not resumed.over:
            resumed = await Run.resume(graph, journal, delivered=len(seen), limits=LIMITS)
            seen += [event async for event in resumed.events()]
        _same(kit, whole, events, resumed, seen)


async def _until(run, count):
    seen = []
    async with aclosing(run.events()) as events:
        async for event in events:
            seen.append(event)
            if len(seen) == count and not run.over:
                break
    return seen


def _same(kit, whole, events, resumed, seen):
    assert resumed.outcome.status == whole.outcome.status
    assert resumed.outcome.error == whole.outcome.error
    assert sorted(resumed.outcome.outputs) == sorted(whole.outcome.outputs)
    if whole.outcome.status != "failed":  # a failure cuts off what ran beside it, wherever that was
        # branches end in the order of their turns, and a restart changes turns: the parts are the same
        assert sorted(resumed.outcome.outputs.get("answer", "")) == sorted(whole.outcome.outputs.get("answer", ""))
        assert kit.chunks(seen) == kit.chunks(events)
        assert resumed.outcome.total_steps == whole.outcome.total_steps
