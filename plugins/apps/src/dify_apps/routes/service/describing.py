"""What clients are told of an app: its form, its features, its page."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from dify_database import Database
from dify_files import Files, FilesSettings
from dify_runtime_sdk.http import Forbidden, RequestContext, Routes

from ...errors import AppUnavailable
from ...services import describing as service
from .calling import app_of

routes = Routes("service", tag="Apps")


class AppInfoResponse(BaseModel):
    """An app."""

    name: str
    description: str
    tags: list[str]
    mode: str
    author_name: str | None


class AppParametersResponse(BaseModel):
    """The form and the features of an app."""

    opening_statement: str | None
    suggested_questions: list[str]
    suggested_questions_after_answer: dict[str, Any]
    speech_to_text: dict[str, Any]
    text_to_speech: dict[str, Any]
    retriever_resource: dict[str, Any]
    annotation_reply: dict[str, Any]
    more_like_this: dict[str, Any]
    user_input_form: list[dict[str, Any]]
    sensitive_word_avoidance: dict[str, Any]
    file_upload: dict[str, Any]
    system_parameters: dict[str, int]


class AppMetaResponse(BaseModel):
    """The icons of the tools that an app uses."""

    tool_icons: dict[str, str | dict[str, Any]]


class SiteResponse(BaseModel):
    """The web page of an app."""

    model_config = ConfigDict(from_attributes=True)

    title: str
    chat_color_theme: str | None
    chat_color_theme_inverted: bool
    icon_type: str | None
    icon: str | None
    icon_background: str | None
    icon_url: str | None
    description: str | None
    copyright: str | None
    privacy_policy: str | None
    custom_disclaimer: str | None
    default_language: str
    show_workflow_steps: bool
    use_icon_as_answer_icon: bool


@routes.get("/info", summary="The app")
async def info(context: RequestContext) -> AppInfoResponse:
    """Name, description, tags and mode."""
    app = await app_of(context)
    found = await service.app_info(await context.runtime.services.get(Database), app)
    return AppInfoResponse(
        name=found.name,
        description=found.description,
        tags=list(found.tags),
        mode=found.mode,
        author_name=found.author_name,
    )


@routes.get("/parameters", summary="Form and features", errors=(AppUnavailable,))
async def parameters(context: RequestContext) -> AppParametersResponse:
    """What a client needs to show the app."""
    app = await app_of(context)
    database = await context.runtime.services.get(Database)
    found = await service.parameters(database, app, context.runtime.settings(FilesSettings))
    return AppParametersResponse.model_validate(found)


@routes.get("/meta", summary="Icons of tools")
async def meta(context: RequestContext) -> AppMetaResponse:
    """The icons of the tools that the app uses, by name."""
    return AppMetaResponse(tool_icons=service.tool_icons(await app_of(context)))


@routes.get("/site", summary="The web page", errors=(Forbidden,))
async def site(context: RequestContext) -> SiteResponse:
    """How the app's web page looks."""
    app = await app_of(context)
    services = context.runtime.services
    found = await service.site_of(await services.get(Database), await services.get(Files), app)
    return SiteResponse.model_validate(found)
