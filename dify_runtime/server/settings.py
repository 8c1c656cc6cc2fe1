"""Settings of the serving process."""

from pydantic import Field

from dify_runtime_sdk import Settings


class ServerSettings(Settings):
    """Where and how `serve` listens. Names that Dify's containers know are Dify's."""

    DIFY_BIND_ADDRESS: str = Field("127.0.0.1", description="Address to listen on; `0.0.0.0` = every interface")
    DIFY_PORT: int = Field(5001, ge=0, le=65535, description="Port to listen on; 0 = any free one")
    SERVER_WORKER_AMOUNT: int = Field(1, ge=1, description="Number of API processes on one socket")
    SERVER_BACKLOG: int = Field(2048, ge=1, description="Connections the kernel holds while all workers are busy")
    SERVER_GRACEFUL_TIMEOUT: float = Field(
        30.0, ge=0, description="How long open requests and streams may go on after a stop signal, seconds"
    )
    SERVER_KEEP_ALIVE_TIMEOUT: float = Field(65.0, gt=0, description="How long an idle connection is kept, seconds")
    SERVER_HEADER_TIMEOUT: float = Field(30.0, gt=0, description="Time limit of a request's headers, seconds")
    SERVER_MAX_HEADER_BYTES: int = Field(65536, ge=4096, description="Limit of a request's headers, bytes")
