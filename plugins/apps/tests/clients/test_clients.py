"""Published clients, unmodified, against a served instance: every method that they have for apps."""

from plugins.apps.tests.clients.model_server import WORDS

SENTENCE = "".join(WORDS)
RUN = [*(2 * ["node_finished"]), *(2 * ["node_started"]), "text_chunk", "workflow_finished", "workflow_started"]
"""The events of a run of two nodes, sorted: text comes as soon as it is known."""


def test_dify_client_of_pypi(run_python):
    said = run_python("with_dify_client.py", "dify-client==0.1.10")
    assert said == {
        "answers": ["You said hi", "You said again"],
        "last": "message_end",
        "rated": {"result": "success"},
        "form": "annotation_reply",
        "messages": ["hi", "again"],
        "earlier": ["hi"],
        "renamed": "Talk",
        "conversations": ["Talk"],
        "completed": SENTENCE,
        "completed piece by piece": SENTENCE,
        "chat": SENTENCE,
    }


def test_dify_client_python_of_pypi(run_python):
    said = run_python("with_dify_client_python.py", "dify-client-python==1.0.3")
    assert said == {
        "answers": ["You said hi", "You said hi"],
        "last": "message_end",
        "rated": "success",
        "stopped": "success",
        "ran": {"result": "give back"},
        "ran event by event": RUN,
        "run stopped": "success",
        "completed": SENTENCE,
        "completed piece by piece": SENTENCE,
        "completion stopped": "success",
        "chat": SENTENCE,
        "agent": SENTENCE,
        "refused": [
            [400, "bad_request"],
            [404, "not_found"],
            [400, "invalid_param"],
            [400, "invalid_param"],
            [400, "not_chat_app"],
        ],
        "async": {
            "answers": ["You said hi", "You said hi"],
            "rated": "success",
            "stopped": "success",
            "ran": {"result": "give back"},
            "last": "workflow_finished",
            "run stopped": "success",
            "uploaded": "n.txt",
            "completed": SENTENCE,
        },
    }


def test_dify_sdk_of_pypi(run_python):
    said = run_python("with_dify_sdk.py", "dify-sdk==0.1.28")
    events = said.pop("events")
    assert (events[0], events[-1]) == ("workflow_started", "message_end")
    assert sorted(set(events)) == ["message", "message_end", *sorted({*RUN} - {"text_chunk"})]
    assert said == {
        "answers": ["You said hi", "You said again"],
        "stopped": "success",
        "opening": "Welcome!",
        "conversations": ["hi"],
        "messages": ["hi", "again"],
        "rated": "success",
        "renamed": "Talk",
        "deleted": "success",
        "left": [],
        "ran": RUN,
        "outputs": {"result": "give back"},
        "completed": SENTENCE,
        "completed piece by piece": SENTENCE,
        "agent": SENTENCE,
    }


def test_dify_client_of_npm(run_node):
    said = run_node("with_dify_client.mjs", "dify-client@2.3.2")
    assert said == {
        "answers": ["You said hi", "You said again"],
        "last": "message_end",
        "rated": {"result": "success"},
        "opening": "Welcome!",
        "messages": ["hi", "again"],
        "renamed": "Talk",
        "conversations": ["Talk"],
        "deleted": 204,
        "ran": {"result": "give back"},
        "ranEventByEvent": RUN,
        "completed": SENTENCE,
        "completedPieceByPiece": SENTENCE,
    }
