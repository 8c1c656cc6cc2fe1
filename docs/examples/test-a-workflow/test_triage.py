from pathlib import Path

from dify_runtime_sdk.models import ModelUnavailableError
from dify_workflow.testing import HttpAnswer, ScriptedClock, ScriptedHttp, ScriptedModels, WorkflowKit

APP = Path(__file__).with_name("triage.yml")


async def test_a_letter_about_money_opens_a_case(workflow: WorkflowKit) -> None:
    models = ScriptedModels("They want a refund")
    http = ScriptedHttp({"POST https://desk.example.com/cases": HttpAnswer(status=201, text="case 7")})
    played = await workflow(APP, inputs={"letter": "Dear shop, ..."}, models=models, http=http)
    assert played.status == "succeeded"
    assert played.outputs == {"wants": "They want a refund", "case": "case 7"}
    assert "Dear shop" in models.prompts[0]


async def test_other_letters_do_not(workflow: WorkflowKit) -> None:
    played = await workflow(APP, inputs={"letter": "Thank you!"}, stubs={"llm": {"outputs": {"text": "Nothing"}}})
    assert played.order == ["start", "llm", "urgent", "done"]
    assert played.node("urgent").outputs["result"] is False


async def test_a_model_that_is_away_is_asked_again(workflow: WorkflowKit) -> None:
    away, clock = ModelUnavailableError("the model is away"), ScriptedClock()
    models = ScriptedModels(away, "Nothing")
    played = await workflow(APP, inputs={"letter": "Hello"}, models=models, clock=clock)
    assert played.node("llm").retries == 1
    assert clock.slept == [5]


async def test_a_desk_that_fails_fails_the_run(workflow: WorkflowKit) -> None:
    stubs = {"llm": {"outputs": {"text": "a refund"}}, "case": {"error": "the desk is closed"}}
    played = await workflow(APP, inputs={"letter": "Money!"}, stubs=stubs)
    assert (played.status, played.error) == ("failed", "the desk is closed")
    assert not played.ran("opened")


async def test_a_desk_that_fails_may_be_handled(workflow: WorkflowKit) -> None:
    stubs = {"llm": {"outputs": {"text": "a refund"}}, "case": {"error": "the desk is closed"}}
    handled = {"case": {"error_strategy": "default-value", "default_value": []}}
    played = await workflow(APP, inputs={"letter": "Money!"}, stubs=stubs, node_overrides=handled)
    assert played.status == "partial-succeeded"
    assert played.names[-1] == "GraphRunPartialSucceeded"
