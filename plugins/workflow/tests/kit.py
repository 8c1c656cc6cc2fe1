"""Scripted node types, and a short way to write graphs and to run them."""

import asyncio
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from pydantic import ConfigDict

from dify_runtime_sdk.workflow import (
    Event,
    Node,
    NodeConfig,
    NodeError,
    NodeKind,
    NodeOffer,
    NodeResult,
    NodeRunStreamChunk,
    PauseReason,
    RunInfo,
    Template,
    TextForm,
    to_json,
)
from dify_workflow import Graph, NodeRegistry, Run, RunLimits, container_offers


class Config(NodeConfig):
    model_config = ConfigDict(extra="allow", frozen=True, protected_namespaces=())

    title: str = ""

    def field(self, name, default=None):
        return (self.model_extra or {}).get(name, default)


class Start(Node[Any]):
    type = "start"
    kind = NodeKind.ROOT
    config_type = Config

    async def run(self, context):
        return NodeResult(outputs=dict(context.inputs))


class Trigger(Start):
    type = "trigger-webhook"


class End(Node[Any]):
    type = "end"
    kind = NodeKind.RESPONSE
    config_type = Config

    async def run(self, context):
        wanted = self.config.field("outputs", {})
        return NodeResult(outputs={name: context.variables.get(selector) for name, selector in wanted.items()})

    def response(self):
        parts = []
        for selector in self.config.field("outputs", {}).values():
            parts += [tuple(selector), "\n"]
        return parts[:-1]


class Answer(Node[Any]):
    type = "answer"
    kind = NodeKind.RESPONSE
    config_type = Config

    def __init__(self, id, config):  # noqa: A002 - the name of the SDK
        super().__init__(id, config)
        self.template = Template.parse(config.field("answer", ""))

    async def run(self, context):
        return NodeResult(outputs={"answer": context.variables.render(self.template, TextForm.MARKDOWN), "files": []})

    def response(self):
        return self.template.parts


class Join(Node[Any]):
    """Gives its template, rendered; costs no task."""

    type = "join"
    config_type = Config

    def __init__(self, id, config):  # noqa: A002 - the name of the SDK
        super().__init__(id, config)
        self.template = Template.parse(config.field("text", ""))

    async def run(self, context):
        return NodeResult(outputs={"output": context.variables.render(self.template)})


class Switch(Node[Any]):
    """Leaves by the handle that its variable holds."""

    type = "switch"
    kind = NodeKind.BRANCH
    config_type = Config

    async def run(self, context):
        return NodeResult(handle=str(context.variables.get(self.config.field("on"))))


class Talk(Node[Any]):
    """Streams its chunks, giving way to others before each of them."""

    type = "talk"
    config_type = Config
    retryable = True

    async def run(self, context):
        chunks = self.config.field("chunks", [])
        for chunk in chunks:
            if self.config.field("waits", True):
                await asyncio.sleep(0)
            context.send(chunk)
        context.finish()
        return NodeResult(outputs={"text": "".join(chunks)}, metadata={"total_tokens": len(chunks)})


class Put(Node[Any]):
    """Sets a variable to a value, or adds it."""

    type = "put"
    config_type = Config

    async def run(self, context):
        target, value = self.config.field("target"), self.config.field("value")
        if isinstance(value, str) and value.startswith("{{#"):
            value = context.variables.get(Template.parse(value).selectors[0])
        if self.config.field("add"):
            value = context.variables.get(target) + value
        context.variables.assign(target, value)
        return NodeResult()

    def writes(self):
        return [tuple(self.config.field("target"))]


class Ask(Node[Any]):
    """Pauses until a variable is there, and leaves by the handle that it holds."""

    type = "ask"
    kind = NodeKind.BRANCH
    config_type = Config

    async def run(self, context):
        choice = context.variables.get((self.id, "choice"))
        if choice is None:
            return PauseReason(type="human_input_required", node_id=self.id, form_id="form")
        return NodeResult(handle=choice)


class Scripted(Node[Any]):
    """Does what the test gave under its id or under `do`; a mapping that it returns is the outputs."""

    type = "script"
    config_type = Config
    retryable = True

    def __init__(self, id, config, scripts):  # noqa: A002 - the name of the SDK
        super().__init__(id, config)
        self.scripts = scripts

    async def run(self, context):
        done = self.scripts[self.config.field("do", self.id)](context)
        if asyncio.iscoroutine(done):
            done = await done
        return NodeResult(outputs=done) if isinstance(done, dict) else done


class Keyed(Scripted):
    type = "keyed"

    def idempotency_key(self, context):
        return context.execution_id


class Kit:
    """Graphs of these nodes, and what runs of them tell."""

    def __init__(self) -> None:
        self.scripts: dict[str, Callable[[Any], Any]] = {}
        given = {"scripts": self.scripts}
        self.offers = [
            NodeOffer(node.type, node) for node in (Start, Trigger, End, Answer, Join, Switch, Talk, Put, Ask)
        ]
        self.offers += [NodeOffer(node.type, node, arguments=given) for node in (Scripted, Keyed)]
        self.registry = NodeRegistry([*self.offers, *container_offers()])

    def script(self, do: Callable[[Any], Any]) -> Callable[[Any], Any]:
        self.scripts[do.__name__] = do
        return do

    def fails(self, *names: str, times: int = 10**9, error: str = "no luck", error_type: str = "Unlucky") -> None:
        """Scripts that fail so often, and then give `output`."""
        for name in names:
            left = [times]

            def do(context, left=left):
                if left[0]:
                    left[0] -= 1
                    raise NodeError(error, error_type=error_type)
                return {"output": "done"}

            self.scripts[name] = do

    def definition(self, nodes: Mapping[str, Mapping[str, Any]], *edges: str) -> dict[str, Any]:
        """`edges` are chains like "a > b:handle > c"; `start` is there when a chain names it."""
        all_nodes = dict(nodes)
        links = []
        for chain in edges:
            parts = [part.strip() for part in chain.split(">")]
            for left, right in pairwise(parts):
                source, _, handle = left.partition(":")
                links.append({"source": source, "sourceHandle": handle or "source", "target": right.partition(":")[0]})
        if any(link["source"] == "start" for link in links):
            all_nodes.setdefault("start", {"type": "start"})
        return {
            "nodes": [{"id": name, "data": {"title": name, **data}} for name, data in all_nodes.items()],
            "edges": [{"id": str(at), **link} for at, link in enumerate(links)],
        }

    def graph(self, nodes: Mapping[str, Mapping[str, Any]], *edges: str, root: str | None = None) -> Graph:
        return Graph.build(self.definition(nodes, *edges), self.registry, root=root)

    def run(self, graph: Graph, **options: Any) -> Run:
        options.setdefault("info", RunInfo(run_id="run"))
        options.setdefault("limits", RunLimits(max_steps=10**9))
        return Run(graph, **options)

    async def play(self, graph: Graph, **options: Any) -> tuple[Run, list[Event]]:
        run = self.run(graph, **options)
        return run, [event async for event in run.events()]

    @staticmethod
    def names(events: list[Event]) -> list[str]:
        """ "Started a" and the like, chunks as "a: text"."""
        return [_name(event) for event in events]

    @staticmethod
    def chunks(events: list[Event]) -> dict[tuple[str, ...], str]:
        """The streamed text by selector."""
        texts: dict[tuple[str, ...], str] = {}
        for event in events:
            if isinstance(event, NodeRunStreamChunk):
                texts[event.selector] = texts.get(event.selector, "") + event.chunk
        return texts

    @staticmethod
    def told(events: list[Event]) -> str:
        """The streamed text, as a reader sees it."""
        return "".join(event.chunk for event in events if isinstance(event, NodeRunStreamChunk))

    json = staticmethod(to_json)


def _name(event: Event) -> str:
    if isinstance(event, NodeRunStreamChunk):
        return f"{event.node_id}: {event.chunk}"
    name = type(event).__name__.removeprefix("GraphRun" if type(event).__name__.startswith("Graph") else "NodeRun")
    node = getattr(event, "node_id", "")
    index = getattr(event, "index", None)
    return f"{name} {node}{'' if index is None else f' {index}'}".strip() if node else f"Run {name}"
