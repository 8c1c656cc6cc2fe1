"""The node `question-classifier`."""

from dify_runtime_sdk.workflow import Node, NodeContext, NodeError, NodeKind, NodeResult, Template

from ..models.answers import ask, asked_and_answered, request_for, totals
from ..models.files import seen_files
from ..models.tasks import Setting
from .config import QuestionClassifierConfig
from .prompt import Choice, chosen, task_of


class QuestionClassifierNode(Node[QuestionClassifierConfig]):
    """Takes the branch of the class that a model chooses. Whatever the model answers, one is taken."""

    type = "question-classifier"
    kind = NodeKind.BRANCH
    config_type = QuestionClassifierConfig

    def __init__(self, id: str, config: QuestionClassifierConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._names = [(one.id, Template.parse(one.name)) for one in config.classes]
        self._instruction = Template.parse(config.instruction)

    async def run(self, context: NodeContext) -> NodeResult:
        """Ask the model; raises `NodeError` when it cannot be asked."""
        if not self._names:
            raise NodeError(
                "There are no classes to choose from", hint="add one", error_type="QuestionClassifierNodeError"
            )
        config, variables = self.config, context.variables
        query = variables.text(config.query_variable_selector) or ""
        inputs = {"query": query}
        choices = [Choice(identity, variables.render(name)) for identity, name in self._names]
        setting = Setting(config.model, config.memory, config.vision, seen_files(config.vision, variables))
        try:
            task = task_of(query, choices, variables.render(self._instruction))
            request = request_for(config.model, await setting.messages(task, context), context)
            answer = await ask(request, context)
        except NodeError as error:
            error.inputs = inputs
            raise
        choice = await chosen(answer.text, choices)
        return NodeResult(
            outputs={"class_name": choice.name, "class_id": choice.id, "usage": answer.usage.to_json()},
            inputs=inputs,
            process_data=asked_and_answered(request, answer),
            metadata=totals(answer.usage),
            handle=choice.id,
        )
