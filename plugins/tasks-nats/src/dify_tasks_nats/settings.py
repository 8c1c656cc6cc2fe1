"""The settings of the NATS that carries tasks."""

from pathlib import Path

from pydantic import Field, PositiveInt, SecretStr

from dify_runtime_sdk import Settings


class NatsSettings(Settings):
    """Where the servers are, who we are there, and what the stream is called.

    `TASK_LEASE` is claimed by the plugin `tasks` too, with the same default.
    """

    TASK_NATS_URL: SecretStr = Field(
        SecretStr("nats://127.0.0.1:4222"),
        description="URLs of the NATS servers that carry tasks, `nats://` or `tls://`, with user and password if there "
        "are any (comma list)",
    )
    TASK_NATS_CREDENTIALS: Path | None = Field(None, description="File with the credentials of our user at NATS")
    TASK_NATS_CA_BUNDLE: Path | None = Field(
        None, description="PEM file with the certificate authorities to trust for NATS; unset = those of the system"
    )
    TASK_NATS_STREAM: str = Field(
        "dify_tasks",
        pattern=r"^[A-Za-z0-9_-]+$",
        description="Name of the JetStream stream, and the first word of its subjects; installations that share "
        "servers have one each",
    )
    TASK_LEASE: float = Field(
        10.0, ge=1, description="How long after its last sign of life a worker's tasks are given to others, seconds"
    )
    TASK_NATS_REPLICAS: PositiveInt = Field(
        1, le=5, description="How many NATS servers keep each task, when the stream is made"
    )
