"""The node `slug`."""

import re
import unicodedata

from pydantic import Field

from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeError, NodeResult, Template


class SlugConfig(NodeConfig):
    """The `data` of a slug node."""

    text: str = Field(description="What to change; may refer to variables.")
    max_length: int = Field(60, gt=0, description="Characters that are left at most.")


class SlugNode(Node[SlugConfig]):
    """Output: `slug`, the text in lower case, its words joined by hyphens."""

    type = "slug"
    retryable = False
    config_type = SlugConfig

    def __init__(self, id: str, config: SlugConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._template = Template.parse(config.text)

    async def run(self, context: NodeContext) -> NodeResult:
        """Change the text; raises `NodeError` when nothing is left of it."""
        text = context.variables.render(self._template)
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
        slug = "-".join(re.findall("[a-z0-9]+", plain.lower()))[: self.config.max_length].strip("-")
        if not slug:
            raise NodeError(
                "nothing of the text can stand in an address", error_type="EmptySlug", inputs={"text": text}
            )
        return NodeResult(inputs={"text": text}, outputs={"slug": slug})
