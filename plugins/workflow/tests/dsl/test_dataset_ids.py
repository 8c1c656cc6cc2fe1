"""Ids of datasets in files, with the cipher that apps use."""

import pytest

from dify_runtime_sdk.secrets import DecryptionError
from dify_secrets import decrypt_dataset_id, encrypt_dataset_id
from dify_workflow.dsl import dump, from_mapping, import_dataset_ids, load

DATASET = "6f9619ff-8b86-4d01-b42d-00c04fc964ff"


class Workspace:
    """The cipher of one workspace."""

    def __init__(self, tenant_id):
        self.tenant_id = tenant_id

    def encrypt(self, dataset_id):
        return encrypt_dataset_id(dataset_id, self.tenant_id)

    def decrypt(self, text):
        try:
            return decrypt_dataset_id(text, self.tenant_id)
        except DecryptionError:
            return None


HOME, ELSEWHERE = Workspace("home"), Workspace("elsewhere")


@pytest.fixture
def raw(workflow, node):
    return workflow(node("k", "knowledge-retrieval", dataset_ids=[DATASET]), node("c", "code", dataset_ids=["mine"]))


def ids(document):
    return [node["data"].get("dataset_ids") for node in document.graph["nodes"][1:]]


def test_ids_stay_as_they_are_without_a_cipher(raw):
    assert ids(load(dump(from_mapping(raw)))) == [[DATASET], ["mine"]]


def test_ids_are_encrypted_in_knowledge_nodes_alone(raw):
    written = load(dump(from_mapping(raw), dataset_ids=HOME))
    assert ids(written) == [[encrypt_dataset_id(DATASET, "home")], ["mine"]]


def test_the_same_workspace_reads_its_ids_back(raw):
    written = load(dump(from_mapping(raw), dataset_ids=HOME))
    read = import_dataset_ids(written, HOME)
    assert ids(read) == [[DATASET], ["mine"]]
    assert read.workflow.graph is read.graph
    assert read.raw["workflow"]["graph"] == read.graph
    assert ids(written) != ids(read)


def test_another_workspace_drops_them_and_keeps_plain_ones(raw):
    written = load(dump(from_mapping(raw), dataset_ids=HOME))
    assert ids(import_dataset_ids(written, ELSEWHERE)) == [[], ["mine"]]
    assert ids(import_dataset_ids(from_mapping(raw), ELSEWHERE)) == [[DATASET], ["mine"]]


def test_an_app_without_a_graph_has_none(chat):
    document = from_mapping(chat())
    assert import_dataset_ids(document, HOME) is document
