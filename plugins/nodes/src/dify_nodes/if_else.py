"""The node `if-else`: chooses a branch by conditions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeKind, NodeResult
from dify_runtime_sdk.workflow.conditions import Condition, ConditionError, ConditionSet, LogicalOperator

_ELSE: Final = "false"


class Case(BaseModel):
    """Conditions, and the branch that is taken when they hold."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    case_id: str
    logical_operator: LogicalOperator
    conditions: list[Condition]


class IfElseConfig(NodeConfig):
    """The `data` of an if-else node; `conditions` and `logical_operator` are the form of older files."""

    cases: list[Case] | None = None
    conditions: list[Condition] | None = Field(None, description="Older files: one case, with the id `true`.")
    logical_operator: LogicalOperator | None = Field(None, description="Older files: of `conditions`.")


class _Compiled:
    """One case, ready to be evaluated, and as logs show it."""

    __slots__ = ("case_id", "conditions", "shown")

    def __init__(self, case: Case) -> None:
        self.case_id = case.case_id
        self.conditions = ConditionSet(case.conditions, case.logical_operator)
        self.shown = case.model_dump(mode="json")


class IfElseNode(Node[IfElseConfig]):
    """Takes the branch of the first case that holds, else `false`. Outputs: `result`, `selected_case_id`."""

    type = "if-else"
    kind = NodeKind.BRANCH
    config_type = IfElseConfig

    def __init__(self, id: str, config: IfElseConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._cases = [_Compiled(case) for case in _cases(config)]

    async def run(self, context: NodeContext) -> NodeResult:
        """Evaluate the cases in order."""
        evaluated: list[Mapping[str, Any]] = []
        conditions: Sequence[Mapping[str, Any]] = ()
        chosen = _ELSE
        for case in self._cases:
            try:
                outcome = case.conditions.evaluate(context.variables)
            except ConditionError as error:
                error.process_data = {"condition_results": evaluated}
                raise
            conditions = outcome.inputs
            evaluated.append({"group": case.shown, "results": outcome.results, "final_result": outcome.passed})
            if outcome.passed:
                chosen = case.case_id
                break
        passed = bool(evaluated) and bool(evaluated[-1]["final_result"])
        return NodeResult(
            inputs={"conditions": conditions},
            process_data={"condition_results": evaluated},
            outputs={"result": passed, "selected_case_id": chosen},
            handle=chosen,
        )


def _cases(config: IfElseConfig) -> Sequence[Case]:
    if config.cases is not None or not config.conditions:
        return config.cases or ()
    operator = config.logical_operator or LogicalOperator.AND
    return (Case(case_id="true", logical_operator=operator, conditions=config.conditions),)
