"""The node types that call out, as a registry gets them."""

import pytest

from dify_nodes import remote
from dify_nodes.settings import NodesSettings

OFFERS = {offer.node.type: offer for offer in remote.offers(NodesSettings())}


def test_every_type_that_calls_out_is_offered():
    assert set(OFFERS) == {
        "agent",
        "http-request",
        "knowledge-retrieval",
        "llm",
        "parameter-extractor",
        "question-classifier",
        "tool",
    }


@pytest.mark.parametrize("kind", sorted(OFFERS))
def test_the_reference_can_be_made_of_every_configuration(kind):
    schema = OFFERS[kind].node.config_type.model_json_schema()

    assert {"type", "title"} <= set(schema["required"])
    assert schema["description"]


def test_retries_act_on_models_tools_and_requests_alone():
    assert {kind for kind, offer in OFFERS.items() if offer.node.retryable} == {"llm", "tool", "http-request"}
