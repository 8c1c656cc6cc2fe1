"""The node `answer`: a text for the reader of a chatflow."""

from dify_runtime_sdk.workflow import (
    File,
    Node,
    NodeConfig,
    NodeContext,
    NodeKind,
    NodeResult,
    Selector,
    Template,
    TextForm,
    Variables,
)


class AnswerConfig(NodeConfig):
    """The `data` of an answer node."""

    answer: str


class AnswerNode(Node[AnswerConfig]):
    """Outputs: `answer`, the rendered template, and `files`, those that the template refers to."""

    type = "answer"
    kind = NodeKind.RESPONSE
    config_type = AnswerConfig

    def __init__(self, id: str, config: AnswerConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._template = Template.parse(config.answer)

    async def run(self, context: NodeContext) -> NodeResult:
        """Render the template."""
        variables = context.variables
        answer = variables.render(self._template, TextForm.MARKDOWN)
        return NodeResult(outputs={"answer": answer, "files": self._files(variables)})

    def response(self) -> tuple[str | Selector, ...]:
        """The template."""
        return self._template.parts

    def _files(self, variables: Variables) -> list[File]:
        files: list[File] = []
        for selector in self._template.selectors:
            value = variables.get(selector)
            if type(value) is File:
                files.append(value)
            elif type(value) is list and value and type(value[0]) is File:
                files += [item for item in value if type(item) is File]
        return files
