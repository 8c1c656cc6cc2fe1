"""Settings of the plugin `storage`."""

from pydantic import Field, field_validator

from dify_runtime_sdk import Settings


class StorageSettings(Settings):
    """Which back end stores objects."""

    STORAGE_TYPE: str | None = Field(
        None,
        description="Back end that stores objects: local, opendal, s3, azure-blob, google-storage, aliyun-oss, "
        "tencent-cos, huawei-obs, volcengine-tos, baidu-obs, oci-storage, supabase, or one that another plugin brings. "
        "Unset: opendal when OPENDAL_SCHEME is set, else local, in the directory `storage` of the home.",
    )
    OPENDAL_SCHEME: str | None = Field(
        None, description="OpenDAL service of STORAGE_TYPE=opendal; its options are OPENDAL_<SCHEME>_*. Unset: fs."
    )

    @field_validator("STORAGE_TYPE", "OPENDAL_SCHEME", mode="before")
    @classmethod
    def _blank_is_unset(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @property
    def selected(self) -> str:
        """The name of the back end to open."""
        return self.STORAGE_TYPE or ("opendal" if self.OPENDAL_SCHEME else "local")
