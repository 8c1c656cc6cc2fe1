"""Tasks: prompts of nodes that read the model's answer themselves, instead of passing it on."""

from collections.abc import Sequence
from dataclasses import dataclass

from dify_runtime_sdk.models import LanguageModelSchema, Message
from dify_runtime_sdk.workflow import File, NodeContext

from .config import MemoryConfig, ModelConfig, VisionConfig
from .files import Attachments, attach
from .memory import conversation_of, recall, transcript
from .schemas import schema_of


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked: an instruction, examples of question and answer, and the question."""

    instruction: str
    question: str
    examples: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """In what a task is asked: the model, its memory, its eyes; `schema` is fetched where it is not known yet."""

    model: ModelConfig
    memory: MemoryConfig | None
    vision: VisionConfig
    files: Sequence[File] = ()
    schema: LanguageModelSchema | None = None

    async def messages(self, task: Task, context: NodeContext) -> list[Message]:
        """The prompt: system, examples and user for a chat model, one text for a completion model."""
        schema = self.schema
        if schema is None and (self.files or (self.memory is not None and conversation_of(context))):
            schema = await schema_of(self.model, context)
        instruction = task.instruction
        if schema is not None:
            instruction += await self._past(task, schema, context)
        messages = _chat(task, instruction) if self.model.mode == "chat" else _completion(task, instruction)
        if schema is not None:
            messages = attach(messages, Attachments.of(self.files, self.vision, schema).parts())
        return messages

    async def _past(self, task: Task, schema: LanguageModelSchema, context: NodeContext) -> str:
        prompt = _completion(task, task.instruction)
        history = await recall(self.memory, self.model, schema, prompt, context)
        if not history:
            return ""
        prefix = self.memory.role_prefix if self.memory else None
        return f"\n\nThe conversation so far:\n{transcript(history, prefix)}"


def _chat(task: Task, instruction: str) -> list[Message]:
    messages = [Message(role="system", content=instruction)]
    for question, answer in task.examples:
        messages += [Message(role="user", content=question), Message(role="assistant", content=answer)]
    return [*messages, Message(role="user", content=task.question)]


def _completion(task: Task, instruction: str) -> list[Message]:
    pieces = [instruction]
    pieces += [f"Question: {question}\nAnswer: {answer}" for question, answer in task.examples]
    text = "\n\n".join([*pieces, f"Question: {task.question}\nAnswer:"])
    return [Message(role="user", content=text)]
