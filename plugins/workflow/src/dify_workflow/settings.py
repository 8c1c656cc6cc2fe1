"""The settings of the workflow engine; names and defaults are Dify's."""

from pydantic import Field

from dify_runtime_sdk import Settings


class WorkflowSettings(Settings):
    """Limits of runs."""

    WORKFLOW_MAX_EXECUTION_STEPS: int = Field(
        500, gt=0, description="Attempts of nodes per run, those inside iterations and loops included."
    )
    WORKFLOW_MAX_EXECUTION_TIME: int = Field(1200, gt=0, description="Seconds per run, pauses not counted.")
    WORKFLOW_CALL_MAX_DEPTH: int = Field(5, gt=0, description="How deeply workflows may call workflows.")
    MAX_VARIABLE_SIZE: int = Field(
        204_800, gt=0, description="Bytes of memory that the value of an environment or conversation variable may take."
    )
