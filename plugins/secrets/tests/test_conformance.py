import pytest

from dify_runtime_sdk.secrets import Passwords, TenantSecrets, Tokens, UrlSigner
from dify_runtime_sdk.testing.secrets import PasswordsSuite, TenantSecretsSuite, TokensSuite, UrlSignerSuite


@pytest.fixture
async def services(boot):
    return (await boot()).services


class TestTokens(TokensSuite):
    @pytest.fixture
    async def tokens(self, services):
        return await services.get(Tokens)


class TestUrlSigner(UrlSignerSuite):
    @pytest.fixture
    async def url_signer(self, services):
        return await services.get(UrlSigner)


class TestPasswords(PasswordsSuite):
    @pytest.fixture(params=["pbkdf2", "argon2"])
    async def passwords(self, boot, request):
        return await (await boot(PASSWORD_HASHING=request.param)).services.get(Passwords)


class TestTenantSecrets(TenantSecretsSuite):
    @pytest.fixture
    async def tenant_secrets(self, services):
        return await services.get(TenantSecrets)
