"""The provider, at a server on loopback."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from dify_models_haiku.provider import HaikuProvider

from dify_egress.service import EgressService
from dify_egress.settings import EgressSettings
from dify_runtime_sdk.model_providers import Generation, ModelAccess
from dify_runtime_sdk.models import LanguageModelRequest, Message, ModelId, ModelUnavailableError
from dify_runtime_sdk.testing import model_server as say
from dify_runtime_sdk.testing.models import ModelProviderLab, ModelProviderSuite, NoFiles

POEM = b'data: An old silent pond\n\ndata:  - splash\n\nevent: end\ndata: {"read": 3, "written": 5}\n\n'


@dataclass
class Runtime:
    """As much of a runtime as the provider needs."""

    egress: Any

    @property
    def services(self):
        return self

    async def get(self, _key):
        return self.egress


@pytest.fixture
async def lab():
    async with say.model_server() as server, EgressService(EgressSettings()) as egress:
        server.says("/poems", say.answer(POEM, content_type="text/event-stream"))
        server.says("/me", say.as_json({"name": "acme"}))
        server.says("/stranger/me", say.error(401, "who are you, key-0123456789?"))
        server.says("/broken/poems", say.events(b"An old", done=False))
        provider = HaikuProvider(Runtime(egress))
        llm = ModelAccess(
            provider=provider.description,
            model="basho-1",
            credentials={"key": "key-0123456789", "url": server.url},
            trusted=True,
            schema=provider.description.models[0],
        )
        refused = replace(llm, credentials={"key": "key-0123456789", "url": f"{server.url}/stranger"})
        yield ModelProviderLab(provider=provider, llm=llm, refused=refused)


class TestHaiku(ModelProviderSuite):
    """The provider `haiku` keeps the contract."""


async def test_a_poem_that_breaks_off_is_an_error(lab):
    broken = replace(lab.llm, credentials=lab.llm.credentials | {"url": f"{lab.llm.credentials['url']}/broken"})
    request = LanguageModelRequest(model=ModelId("haiku", "basho-1"), messages=[Message(role="user", content="pond")])
    pieces = lab.provider.generate(Generation(access=broken, request=request, files=NoFiles()))
    assert (await anext(pieces)).text == "An old"
    with pytest.raises(ModelUnavailableError, match="no end"):
        await anext(pieces)
