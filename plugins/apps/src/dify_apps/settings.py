"""The settings of the plugin."""

from pydantic import Field

from dify_runtime_sdk import Settings


class AppsSettings(Settings):
    """Limits of runs, and how apps are exported."""

    APP_MAX_EXECUTION_TIME: int = Field(1200, gt=0, description="Seconds after which a run is stopped")
    APP_DEFAULT_ACTIVE_REQUESTS: int = Field(
        0, ge=0, description="Runs that an app may have at once unless it says otherwise; 0 = any number"
    )
    APP_MAX_ACTIVE_REQUESTS: int = Field(0, ge=0, description="Runs that any app may have at once; 0 = any number")
    MODERATION_BUFFER_SIZE: int = Field(
        300, gt=0, description="Characters that an answer grows by between two looks of output moderation"
    )
    WORKFLOW_VARIABLE_TRUNCATION_MAX_SIZE: int = Field(
        1_024_000, gt=0, description="Bytes of the variables of an event that callers other than programs are told"
    )
    WORKFLOW_VARIABLE_TRUNCATION_STRING_LENGTH: int = Field(
        100_000, gt=0, description="Characters of each text in them"
    )
    WORKFLOW_VARIABLE_TRUNCATION_ARRAY_LENGTH: int = Field(1000, gt=0, description="Items of each list in them")
    RUN_EVENTS_SECONDS: int = Field(
        600, ge=0, description="Seconds after its end for which the events of a run can still be read"
    )
    RUN_HOLD_SECONDS: float = Field(
        20, ge=1, description="Seconds of silence after which the runs of a process are taken over by others"
    )
    DSL_EXPORT_ENCRYPT_DATASET_ID: bool = Field(
        True, description="Whether exported apps name datasets by ids that only their own workspace can read"
    )


class AppFilesSettings(Settings):
    """App files that are served."""

    APP_FILES: list[str] = Field(
        default_factory=list, description="App files, and folders of them, that become apps at start"
    )
    APP_FILES_WATCH: bool = Field(False, description="Whether to apply the app files again when they change")
