"""Document-extractor: one file or many, and what fails."""

import pytest

from dify_nodes.document_extractor import DocumentExtractorNode
from dify_runtime_sdk.documents import DocumentExtractor, ExtractionError, UnsupportedDocumentError
from dify_runtime_sdk.workflow import NodeError
from dify_runtime_sdk.workflow.files import WorkflowFiles


class Store:
    """Content by file name."""

    async def read(self, file, *, limit=None):
        return f"content of {file.filename}".encode()


class Reader:
    """Reads everything but broken and unknown files."""

    def __init__(self) -> None:
        self.documents = []

    async def extract(self, document):
        self.documents.append(document)
        if document.extension == ".broken":
            raise ExtractionError("the file is cut off")
        if document.extension == ".odd":
            raise UnsupportedDocumentError("nothing reads .odd", hint="install a reader")
        return document.content.decode().upper()


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def extracted(node, context, at_once, reader):
    def extract(value):
        services = {WorkflowFiles: Store(), DocumentExtractor: reader}
        extractor = node(DocumentExtractorNode, variable_selector=["a", "file"])
        return at_once(extractor.run(context({"a.file": value}, services=services)))

    return extract


def test_one_file_gives_a_text(extracted, reader, make_file):
    file = make_file("a.txt", mime_type="text/plain")
    result = extracted(file)
    assert result.outputs == {"text": "CONTENT OF A.TXT"}
    assert result.process_data == {"documents": [file]}
    assert (reader.documents[0].extension, reader.documents[0].mime_type) == (".txt", "text/plain")


def test_a_list_gives_a_list_in_its_order(extracted, make_file):
    assert extracted([make_file("a.txt"), make_file("b.txt")]).outputs == {
        "text": ["CONTENT OF A.TXT", "CONTENT OF B.TXT"]
    }


def test_a_list_of_one_and_an_empty_list_stay_lists(extracted, make_file):
    assert extracted([make_file("a.txt")]).outputs == {"text": ["CONTENT OF A.TXT"]}
    assert extracted([]).outputs == {"text": []}


@pytest.mark.parametrize(
    ("name", "error_type", "says"),
    [
        ("a.broken", "TextExtractionError", r"Failed to extract text from a\.broken: the file is cut off"),
        ("a.odd", "UnsupportedFileTypeError", r"nothing reads \.odd"),
    ],
)
def test_a_file_without_a_text_fails_the_node(extracted, make_file, name, error_type, says):
    with pytest.raises(NodeError, match=says) as failure:
        extracted(make_file(name))
    assert failure.value.error_type == error_type
    assert failure.value.process_data["documents"][0].filename == name


@pytest.mark.parametrize("value", ["text", None, ["text"], 5])
def test_anything_but_files_is_refused(extracted, value):
    with pytest.raises(NodeError, match="holds no file") as failure:
        extracted(value)
    assert failure.value.error_type == "DocumentExtractorError"


def test_a_variable_that_does_not_exist_fails(node, context, at_once):
    with pytest.raises(NodeError, match="File variable not found"):
        at_once(node(DocumentExtractorNode, variable_selector=["a", "b"], is_array_file=True).run(context()))
