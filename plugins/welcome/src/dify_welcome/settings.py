"""The settings of the plugin."""

from typing import Literal

from pydantic import Field

from dify_runtime_sdk import Settings


class WelcomeSettings(Settings):
    """The example apps, and who may open the page. The last three settings are those of others."""

    EXAMPLE_APPS: bool = Field(
        True,
        description="Whether `serve` without app files serves the example apps, as long as the workspace has no other "
        "app and no `MODE` is set",
    )
    EXAMPLE_MODEL: str | None = Field(
        None,
        pattern="^[^/]+/.+$",
        description="Language model of the example apps, as `provider/model`; unset: the workspace's default, and "
        "where it has none the one that their files name",
    )
    WELCOME_PAGE: Literal["local", "token", "off"] = Field(
        "local",
        description="Who may open the page at `/` and try apps there, while no `MODE` is set: `local` = requests from "
        "this machine, and whoever has the address with the token that `serve` prints; `token` = only the latter; "
        "`off` = nobody",
    )
    APP_FILES: list[str] = Field(
        default_factory=list, description="App files, and folders of them, that become apps at start"
    )
    SWAGGER_UI_PATH: str = Field(
        "/swagger-ui.html", pattern=r"^/[^<>]+$", description="Path of the API docs page, below each group's prefix"
    )
    DIFY_BIND_ADDRESS: str = Field("127.0.0.1", description="Address to listen on; `0.0.0.0` = every interface")
