"""The prompt of the node `llm`: template messages, then memory, then the query, with the files on the last of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from dify_runtime_sdk.models import LanguageModelSchema, Message
from dify_runtime_sdk.workflow import File, NodeContext, NodeError, Template, Variables

from ..models.files import Attachments, attach, seen_files
from ..models.memory import conversation_of, recall, transcript
from ..models.prompts import rendered, without_empty
from ..models.schemas import schema_of
from .config import LlmConfig, PromptMessage
from .context import Knowledge
from .editions import Text, text_of

_HISTORIES: Final = "{{#histories#}}"
_QUERY: Final = "{{#query#}}"
_SYSTEM_QUERY: Final = ("sys", "query")

type Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is asked, and what a log calls the inputs."""

    messages: Sequence[Message]
    files: Sequence[File] = ()


class PromptBuilder:
    """Builds the prompts of one node; templates are parsed once."""

    def __init__(self, config: LlmConfig) -> None:
        self._config = config
        declared = config.prompt_config.jinja2_variables
        template = config.prompt_template
        listed = template if isinstance(template, list) else [PromptMessage(role="user", **dict(template))]
        self._texts: list[tuple[Role, Text]] = [(one.role, text_of(one, declared)) for one in listed]
        self._is_chat = isinstance(template, list)
        memory = config.memory
        self._query = Template.parse(memory.query_prompt_template) if memory and memory.query_prompt_template else None

    async def build(self, context: NodeContext, knowledge: Knowledge | None) -> Prompt:
        """The prompt for one run; raises `NodeError` when nothing is left of it, or a reference leads to nothing."""
        texts = [await text.render(context, knowledge.text if knowledge else "") for _, text in self._texts]
        query = self._query_text(context.variables)
        files = self._files(context.variables)
        schema = await schema_of(self._config.model, context) if self._needs_schema(files, context) else None
        if self._is_chat:
            messages = await self._chat(texts, query, schema, context)
        else:
            messages = await self._completion(texts[0], query, schema, context)
        messages = without_empty(messages)
        if schema is not None:
            messages = attach(messages, Attachments.of(files, self._config.vision, schema).parts())
        if not messages:
            message = "No prompt found in the LLM configuration. Please ensure a prompt is properly configured"
            raise NodeError(message, error_type="NoPromptFoundError")
        return Prompt(messages, files)

    def _files(self, variables: Variables) -> list[File]:
        """The files of the field `vision`, and those that user messages refer to; each once."""
        referred = [file for role, text in self._texts if role == "user" for file in text.files(variables)]
        return list(dict.fromkeys([*seen_files(self._config.vision, variables), *referred]))

    def _needs_schema(self, files: Sequence[File], context: NodeContext) -> bool:
        return bool(files) or (self._config.memory is not None and bool(conversation_of(context)))

    def _query_text(self, variables: Variables) -> str:
        if self._config.memory is None:
            return ""
        if self._query is not None:
            return rendered(self._query, variables)
        return variables.text(_SYSTEM_QUERY) or ""

    async def _chat(
        self, texts: Sequence[str], query: str, schema: LanguageModelSchema | None, context: NodeContext
    ) -> list[Message]:
        roles = [role for role, _ in self._texts]
        messages = [Message(role=role, content=text) for role, text in zip(roles, texts, strict=True)]
        asked = [Message(role="user", content=query)] if query else []
        return [*messages, *await self._recalled([*messages, *asked], schema, context), *asked]

    async def _completion(
        self, text: str, query: str, schema: LanguageModelSchema | None, context: NodeContext
    ) -> list[Message]:
        history = await self._recalled([Message(role="user", content=text)], schema, context)
        memory = self._config.memory
        past = transcript(history, memory.role_prefix if memory else None)
        if past and _HISTORIES not in text:
            text = f"{past}\n{text}"
        text = text.replace(_HISTORIES, past)
        if query and _QUERY not in text and not self._names_the_query():
            text = f"{text}\n{query}"
        return [Message(role="user", content=text.replace(_QUERY, query))]

    def _names_the_query(self) -> bool:
        template = self._config.prompt_template
        return not isinstance(template, list) and "{{#sys.query#}}" in template.text

    async def _recalled(
        self, prompt: Sequence[Message], schema: LanguageModelSchema | None, context: NodeContext
    ) -> list[Message]:
        if schema is None:
            return []
        return await recall(self._config.memory, self._config.model, schema, prompt, context)
