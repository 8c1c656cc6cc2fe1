"""Settings of the plugins `database` and `migrations`."""

from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator

from dify_runtime_sdk import Settings

type DatabaseType = Literal["postgresql", "sqlite"]

_UNSUPPORTED = ("mysql", "oceanbase", "seekdb")


class DatabaseSettings(Settings):
    """Which database, and how it is used. `DB_*` and `SQLALCHEMY_*` are Dify's.

    With neither `DB_TYPE` nor `DB_HOST` set, the database is a SQLite file in the home.
    """

    DB_TYPE: Literal["postgresql", "sqlite"] | None = Field(
        None, description="`postgresql` or `sqlite`; unset: `postgresql` where `DB_HOST` is set, else `sqlite`"
    )
    DB_HOST: str = Field("localhost", description="Host of the database server, or the directory of its socket")
    DB_PORT: int = Field(5432, gt=0, le=65535, description="Port of the database server")
    DB_USERNAME: str = Field("postgres", description="Login at the database server")
    DB_PASSWORD: SecretStr = Field(SecretStr(""), description="Password of the login")
    DB_DATABASE: str = Field(
        "dify", min_length=1, description="Name of the database; with SQLite of its file in the home, without `.db`"
    )
    DB_CHARSET: str = Field("", description="`client_encoding` of connections to a server; empty = the driver's, UTF-8")
    DB_EXTRAS: str = Field(
        "", description="More parameters of connections to a server, as the query of a URL: `sslmode=require&options=…`"
    )
    DB_CONNECT_TIMEOUT: float = Field(10.0, gt=0, description="Time limit of connecting to a server, seconds")
    DB_SLOW_QUERY: float = Field(1.0, ge=0, description="Statements that take longer are logged, seconds; 0 = none")
    DB_SLOW_UNIT: float = Field(
        5.0, ge=0, description="Units of work that hold a connection longer are logged, seconds; 0 = none"
    )
    SQLALCHEMY_POOL_SIZE: int = Field(30, ge=0, description="Connections to a server that are kept; 0 = no limit")
    SQLALCHEMY_MAX_OVERFLOW: int = Field(10, ge=0, description="Connections to a server beyond those that are kept")
    SQLALCHEMY_POOL_RECYCLE: int = Field(3600, ge=0, description="Age at which a connection is replaced, seconds")
    SQLALCHEMY_POOL_USE_LIFO: bool = Field(False, description="Use the connection first that was returned last")
    SQLALCHEMY_POOL_PRE_PING: bool = Field(
        False, description="Ask the server before each use of a connection; a closed one is noticed without"
    )
    SQLALCHEMY_ECHO: bool | str = Field(False, description="Log all SQL, without parameters; `debug`: rows too")
    SQLALCHEMY_POOL_TIMEOUT: int = Field(30, ge=0, description="How long to wait for a free connection, seconds")

    @field_validator("DB_TYPE", mode="before")
    @classmethod
    def _supported(cls, value: Any) -> Any:
        if value in _UNSUPPORTED:
            raise ValueError(f"{value} is not supported; use postgresql or sqlite")
        return value

    @property
    def echo(self) -> bool | Literal["debug"]:
        """What SQLAlchemy logs; the text of an environment variable is read as one."""
        text = str(self.SQLALCHEMY_ECHO).strip().lower()
        return "debug" if text == "debug" else text in ("1", "true", "t", "yes", "y", "on")

    @property
    def kind(self) -> DatabaseType:
        """Which database these settings mean."""
        if self.DB_TYPE is not None:
            return self.DB_TYPE
        return "postgresql" if "DB_HOST" in self.model_fields_set else "sqlite"


class MigrationSettings(Settings):
    """When the schema is brought up to date."""

    MIGRATION_ENABLED: bool | None = Field(
        None,
        description="Migrate at start. Unset: yes without `MODE`, else no: a schema that is not current stops the boot",
    )
    MODE: Literal["", "api", "worker", "beat", "job", "migration"] = Field(
        "", description="What this process is in a deployment of several; empty = everything in one process"
    )

    MIGRATION_WAIT: float = Field(
        20.0, ge=0, description="How long a start waits for a database server that does not answer yet, seconds"
    )

    @property
    def automatic(self) -> bool:
        """Whether a start migrates."""
        return self.MODE == "" if self.MIGRATION_ENABLED is None else self.MIGRATION_ENABLED
