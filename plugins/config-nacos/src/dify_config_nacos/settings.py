"""What must be known before Nacos can be asked; read from the local layers alone."""

from pydantic import Field, SecretStr

from dify_runtime_sdk import Settings


class NacosSettings(Settings):
    """The bootstrap settings of the config source `nacos`, under Dify's names."""

    DIFY_ENV_NACOS_SERVER_ADDR: str = Field(
        "localhost:8848", description="Nacos host:port, asked by http unless it starts with `https://`"
    )
    DIFY_ENV_NACOS_USERNAME: str = Field("", description="Nacos user; without it or its password nobody logs in")
    DIFY_ENV_NACOS_PASSWORD: SecretStr = Field(SecretStr(""), description="Password of the Nacos user")
    DIFY_ENV_NACOS_ACCESS_KEY: SecretStr = Field(
        SecretStr(""), description="Nacos signing key id; without it or the signing secret nothing is signed"
    )
    DIFY_ENV_NACOS_SECRET_KEY: SecretStr = Field(SecretStr(""), description="Nacos signing secret")
    DIFY_ENV_NACOS_DATA_ID: str = Field("dify-api-env.properties", description="Nacos dataId of the settings")
    DIFY_ENV_NACOS_GROUP: str = Field("nacos-dify", description="Nacos group of the settings")
    DIFY_ENV_NACOS_NAMESPACE: str = Field("", description="Nacos tenant (namespace id); empty is the public one")
