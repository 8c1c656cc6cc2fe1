"""What the operator decides for all workspaces."""

import pytest

from dify_models.services.files import PromptFiles
from dify_runtime_sdk.egress import Limits
from dify_runtime_sdk.models import (
    LanguageModelRequest,
    LanguageModels,
    Message,
    ModelCredentialsMissingError,
    ModelId,
    ModelRateLimitError,
    ModelRequestError,
)
from dify_runtime_sdk.workflow import File, FileType, TransferMethod, WorkflowError
from dify_runtime_sdk.workflow.files import WorkflowFiles


async def call(runtime, plugins, **settings):
    booted = await runtime(plugins, roles=("job",), settings={"MIGRATION_ENABLED": True, **settings})
    models = await booted.services.get(LanguageModels)
    request = LanguageModelRequest(model=ModelId("probe", "small"), messages=[Message(role="user", content="hi")])
    return [chunk async for chunk in models.invoke(request)]


async def test_the_operators_credentials_can_be_refused(runtime, plugins, probe):
    probe.given = {"key": "shared"}
    with pytest.raises(ModelCredentialsMissingError):
        await call(runtime, plugins, MODEL_OPERATOR_CREDENTIALS=False)


async def test_bounds_reach_the_provider(runtime, plugins, probe):
    probe.given = {"key": "shared"}
    bounds = {"MODEL_CONNECT_TIMEOUT": 1, "MODEL_READ_TIMEOUT": 2, "MODEL_MAX_RESPONSE_BYTES": 3}
    await call(runtime, plugins, **bounds, MULTIMODAL_SEND_FORMAT="url")
    assert probe.calls[-1].access.limits == Limits(connect=1, read=2, response_bytes=3, retries=0)
    assert await probe.calls[-1].files.url(picture(url="https://f.test/a.png")) == "https://f.test/a.png"


@pytest.mark.parametrize("setting", ["MODEL_MAX_RETRIES", "MODEL_RETRY_TIME"])
async def test_trying_again_can_be_forbidden(runtime, plugins, probe, setting):
    probe.given = {"key": "shared"}
    probe.plan = [ModelRateLimitError("too many")]
    with pytest.raises(ModelRateLimitError):
        await call(runtime, plugins, **{setting: 0})
    assert len(probe.calls) == 1


async def test_usage_can_be_counted_exactly(runtime, plugins, probe):
    probe.given = {"key": "shared"}
    probe.plan = ["hello, internationalisation"]
    chunks = await call(runtime, plugins, MODEL_TOKEN_COUNTING="bpe")
    assert chunks[-1].usage.completion_tokens == 4


@pytest.mark.parametrize(("trust", "trusted"), [(None, True), (False, False)])
async def test_addresses_of_workspaces_are_trusted_where_everything_is_in_one_process(booted_with, trust, trusted):
    assert (await booted_with(MODEL_TRUST_WORKSPACE_URLS=trust)).trusted is trusted


@pytest.fixture
def booted_with(runtime, plugins, probe):
    from dify_accounts import Setup
    from dify_models import ModelProviders

    async def booted_with(**settings):
        given = {name: value for name, value in settings.items() if value is not None}
        booted = await runtime(plugins, roles=("job",), settings={"MIGRATION_ENABLED": True, **given})
        tenant = await (await booted.services.get(Setup)).create(email="a@b.co", name="A", password=None)
        await (await booted.services.get(ModelProviders)).validate(tenant.id, "probe", {"key": "one"})
        return probe.calls[-1]

    return booted_with


def picture(**more):
    return File(type=FileType.IMAGE, transfer_method=TransferMethod.REMOTE_URL, **more)


class Services:
    """Services with, or without, a reader of files."""

    def __init__(self, reader=None):
        self.reader = reader

    def offered(self, key):
        assert key is WorkflowFiles
        return self.reader is not None

    async def get(self, _key):
        return self.reader


class Reader:
    """Reads one file."""

    async def read(self, file, *, limit=None):
        if file.url is None:
            raise WorkflowError("it is gone")
        return b"content"


async def test_files_are_read_here_or_fetched_by_the_vendor():
    by_content, by_address = (PromptFiles(Services(Reader()), send, 100) for send in ("base64", "url"))
    file = picture(url="https://f.test/a.png")
    assert (await by_content.url(file), await by_content.read(file)) == (None, b"content")
    assert await by_address.url(file) == "https://f.test/a.png"
    with pytest.raises(ModelRequestError, match="it is gone"):
        await by_content.read(picture())


async def test_without_a_reader_files_go_by_address_or_not_at_all():
    files = PromptFiles(Services(), "base64", 100)
    assert await files.url(picture(remote_url="https://f.test/b.png")) == "https://f.test/b.png"
    with pytest.raises(ModelRequestError) as caught:
        await files.read(picture())
    assert "dify-runtime-files" in caught.value.hint
