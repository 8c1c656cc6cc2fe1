"""The node `document-extractor`: texts of files."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from dify_runtime_sdk.documents import Document, DocumentExtractor, ExtractionError, UnsupportedDocumentError
from dify_runtime_sdk.workflow import File, Node, NodeConfig, NodeContext, NodeError, NodeResult
from dify_runtime_sdk.workflow.files import WorkflowFiles

_MISSING: Final = object()


class DocumentExtractorError(NodeError):
    """There is no file where one is expected."""


class DocumentExtractorConfig(NodeConfig):
    """The `data` of a document-extractor node."""

    variable_selector: list[str]
    is_array_file: bool = Field(False, description="For the editor: the value itself decides.")


class DocumentExtractorNode(Node[DocumentExtractorConfig]):
    """Output: `text`, a string for one file, an array of strings for a list."""

    type = "document-extractor"
    config_type = DocumentExtractorConfig

    def __init__(self, id: str, config: DocumentExtractorConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._selector = tuple(config.variable_selector)

    async def run(self, context: NodeContext) -> NodeResult:
        """Read and extract; of a list one file after the other."""
        value = context.variables.get(self._selector, _MISSING)
        files = self._files(value)
        inputs = {"variable_selector": list(self._selector)}
        process_data = {"documents": files}
        texts = [await _extracted(file, context, inputs, process_data) for file in files]
        text: str | list[str] = texts if isinstance(value, list) else texts[0]
        return NodeResult(inputs=inputs, process_data=process_data, outputs={"text": text})

    def _files(self, value: Any) -> list[File]:
        if value is _MISSING:
            raise DocumentExtractorError(f"File variable not found for selector: {list(self._selector)}")
        files = value if isinstance(value, list) else [value]
        if not all(isinstance(file, File) for file in files):
            raise DocumentExtractorError(f"Variable {list(self._selector)} holds no file and no array of files")
        return files


async def _extracted(
    file: File, context: NodeContext, inputs: Mapping[str, Any], process_data: Mapping[str, Any]
) -> str:
    store = await context.services.get(WorkflowFiles)
    extractor = await context.services.get(DocumentExtractor)
    document = Document(content=await store.read(file), extension=file.extension, mime_type=file.mime_type)
    try:
        return await extractor.extract(document)
    except ExtractionError as error:
        raise NodeError(
            f"Failed to extract text from {file.filename or 'a file'}: {error.message}",
            error_type="UnsupportedFileTypeError"
            if isinstance(error, UnsupportedDocumentError)
            else "TextExtractionError",
            hint=error.hint,
            inputs=inputs,
            process_data=process_data,
        ) from error
