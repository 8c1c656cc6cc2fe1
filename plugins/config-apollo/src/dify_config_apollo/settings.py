"""What must be known before Apollo can be asked; read from the local layers alone."""

from pydantic import Field, SecretStr

from dify_runtime_sdk import Settings, SettingsError


class ApolloSettings(Settings):
    """The bootstrap settings of the config source `apollo`, under Dify's names; all but the secret are needed."""

    APOLLO_CONFIG_URL: str | None = Field(None, description="Base URL of the Apollo config service")
    APOLLO_APP_ID: str | None = Field(None, description="Apollo appId")
    APOLLO_CLUSTER: str | None = Field(None, description="Apollo cluster, often `default`")
    APOLLO_NAMESPACE: str | None = Field(
        None, description="Apollo namespace to read, or several, separated by commas; the first that has a name wins"
    )
    APOLLO_SECRET: SecretStr = Field(
        SecretStr(""), description="Access key of the app; when set, requests are signed with it"
    )

    def needed(self, name: str) -> str:
        """The value of the setting `name`, without blanks around it; raises `SettingsError` if it is missing."""
        value = (getattr(self, name) or "").strip()
        if not value:
            raise _missing(name)
        return str(value)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces to read, the one that wins first; raises `SettingsError` if there is none."""
        names = (name.strip() for name in self.needed("APOLLO_NAMESPACE").split(","))
        unique = tuple(dict.fromkeys(name for name in names if name))
        if not unique:
            raise _missing("APOLLO_NAMESPACE")
        return unique


def _missing(name: str) -> SettingsError:
    return SettingsError(
        f"config source 'apollo' needs {name}, which is not set",
        hint=f"set {name} in the environment, .env, the secrets directory or TOML, "
        "or choose another REMOTE_SETTINGS_SOURCE_NAME",
    )
