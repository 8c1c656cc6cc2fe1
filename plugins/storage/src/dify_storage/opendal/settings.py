"""Settings of the plugin `storage-opendal`: one class per object store, all under the names that Dify gives them."""

from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator

from dify_runtime_sdk import Prefixed, Settings


class S3Settings(Settings):
    """Amazon S3 and what speaks its protocol."""

    S3_ENDPOINT: str | None = Field(None, description="URL of the S3 service. Unset: Amazon's.")
    S3_REGION: str | None = Field(None, description="Region of the S3 bucket. Unset: us-east-1.")
    S3_BUCKET_NAME: str | None = Field(None, description="S3 bucket; it must exist.")
    S3_ACCESS_KEY: SecretStr | None = Field(None, description="S3 access key id. Unset: what the environment has.")
    S3_SECRET_KEY: SecretStr | None = Field(None, description="S3 secret access key.")
    S3_ADDRESS_STYLE: Literal["auto", "virtual", "path"] = Field(
        "auto",
        description="Where the S3 bucket's name goes: the host (virtual) or the path. auto: the path with S3_ENDPOINT.",
    )
    S3_USE_AWS_MANAGED_IAM: bool = Field(
        False, description="Use the role of the machine; S3_ENDPOINT, keys and S3_ADDRESS_STYLE are ignored then."
    )


class AzureBlobSettings(Settings):
    """Azure Blob Storage."""

    AZURE_BLOB_ACCOUNT_NAME: str | None = Field(None, description="Azure storage account.")
    AZURE_BLOB_ACCOUNT_KEY: SecretStr | None = Field(
        None, description="Key of the Azure storage account, or `managedidentity` to use the machine's identity."
    )
    AZURE_BLOB_CONTAINER_NAME: str | None = Field(None, description="Azure Blob container; it must exist.")
    AZURE_BLOB_ACCOUNT_URL: str | None = Field(
        None, description="URL of the Azure storage account. Unset: https://ACCOUNT.blob.core.windows.net."
    )


class GoogleStorageSettings(Settings):
    """Google Cloud Storage."""

    GOOGLE_STORAGE_BUCKET_NAME: str | None = Field(None, description="Google Cloud Storage bucket; it must exist.")
    GOOGLE_STORAGE_SERVICE_ACCOUNT_JSON_BASE64: SecretStr | None = Field(
        None, description="JSON key of a Google service account, in base64. Unset: the machine's own credentials."
    )


class AliyunOssSettings(Settings):
    """Alibaba Cloud OSS."""

    ALIYUN_OSS_BUCKET_NAME: str | None = Field(None, description="Aliyun OSS bucket; it must exist.")
    ALIYUN_OSS_ACCESS_KEY: SecretStr | None = Field(None, description="Aliyun OSS access key id.")
    ALIYUN_OSS_SECRET_KEY: SecretStr | None = Field(None, description="Aliyun OSS access key secret.")
    ALIYUN_OSS_ENDPOINT: str | None = Field(None, description="URL of the Aliyun OSS service.")
    ALIYUN_OSS_REGION: str | None = Field(None, description="Region of the Aliyun OSS bucket; needed with v4 only.")
    ALIYUN_OSS_AUTH_VERSION: str | None = Field(
        None, description="v4: sign as AWS does, by the S3 protocol of Aliyun OSS. Unset, or v1: its own first version."
    )
    ALIYUN_OSS_PATH: str | None = Field(None, description="Directory in the Aliyun OSS bucket that holds the objects.")
    ALIYUN_CLOUDBOX_ID: str | None = Field(None, description="Aliyun CloudBox; not supported, refused when set.")


class TencentCosSettings(Settings):
    """Tencent Cloud COS."""

    TENCENT_COS_BUCKET_NAME: str | None = Field(None, description="Tencent COS bucket with its number; it must exist.")
    TENCENT_COS_REGION: str | None = Field(None, description="Region of the Tencent COS bucket.")
    TENCENT_COS_SECRET_ID: SecretStr | None = Field(None, description="Tencent COS secret id.")
    TENCENT_COS_SECRET_KEY: SecretStr | None = Field(None, description="Tencent COS secret key.")
    TENCENT_COS_SCHEME: Literal["https", "http"] | None = Field(
        None, description="Protocol to ask Tencent COS by. Unset: https."
    )
    TENCENT_COS_CUSTOM_DOMAIN: str | None = Field(
        None, description="Own domain of the Tencent COS bucket instead of its region; it must begin with the bucket."
    )


class HuaweiObsSettings(Settings):
    """Huawei Cloud OBS."""

    HUAWEI_OBS_BUCKET_NAME: str | None = Field(None, description="Huawei OBS bucket; it must exist.")
    HUAWEI_OBS_ACCESS_KEY: SecretStr | None = Field(None, description="Huawei OBS access key id.")
    HUAWEI_OBS_SECRET_KEY: SecretStr | None = Field(None, description="Huawei OBS secret access key.")
    HUAWEI_OBS_SERVER: str | None = Field(None, description="URL of the Huawei OBS service.")
    HUAWEI_OBS_PATH_STYLE: bool = Field(
        False, description="Put the Huawei OBS bucket's name into the path, by the S3 protocol of OBS."
    )


class VolcengineTosSettings(Settings):
    """Volcengine TOS."""

    VOLCENGINE_TOS_BUCKET_NAME: str | None = Field(None, description="Volcengine TOS bucket; it must exist.")
    VOLCENGINE_TOS_ACCESS_KEY: SecretStr | None = Field(None, description="Volcengine TOS access key id.")
    VOLCENGINE_TOS_SECRET_KEY: SecretStr | None = Field(None, description="Volcengine TOS secret access key.")
    VOLCENGINE_TOS_ENDPOINT: str | None = Field(None, description="URL of the Volcengine TOS service.")
    VOLCENGINE_TOS_REGION: str | None = Field(None, description="Region of the Volcengine TOS bucket.")


class BaiduObsSettings(Settings):
    """Baidu Cloud BOS."""

    BAIDU_OBS_BUCKET_NAME: str | None = Field(None, description="Baidu BOS bucket; it must exist.")
    BAIDU_OBS_ACCESS_KEY: SecretStr | None = Field(None, description="Baidu BOS access key id.")
    BAIDU_OBS_SECRET_KEY: SecretStr | None = Field(None, description="Baidu BOS secret access key.")
    BAIDU_OBS_ENDPOINT: str | None = Field(
        None, description="URL of the Baidu BOS service; REGION.bcebos.com is asked at s3.REGION.bcebos.com."
    )


class OciStorageSettings(Settings):
    """Oracle Cloud Object Storage."""

    OCI_ENDPOINT: str | None = Field(None, description="URL of Oracle Object Storage for the S3 protocol.")
    OCI_REGION: str | None = Field(None, description="Region of the Oracle Object Storage bucket.")
    OCI_BUCKET_NAME: str | None = Field(None, description="Oracle Object Storage bucket; it must exist.")
    OCI_ACCESS_KEY: SecretStr | None = Field(None, description="Access key of an Oracle customer secret key.")
    OCI_SECRET_KEY: SecretStr | None = Field(None, description="Secret of an Oracle customer secret key.")


class SupabaseSettings(Settings):
    """Supabase Storage."""

    SUPABASE_BUCKET_NAME: str | None = Field(None, description="Supabase bucket; it must exist.")
    SUPABASE_API_KEY: SecretStr | None = Field(None, description="API key of the Supabase project.")
    SUPABASE_URL: str | None = Field(None, description="URL of the Supabase project.")


class StorageOpendalSettings(
    S3Settings,
    AzureBlobSettings,
    GoogleStorageSettings,
    AliyunOssSettings,
    TencentCosSettings,
    HuaweiObsSettings,
    VolcengineTosSettings,
    BaiduObsSettings,
    OciStorageSettings,
    SupabaseSettings,
):
    """All of them, and the options of any other service of OpenDAL."""

    OPENDAL_SCHEME: str | None = Field(
        None, description="OpenDAL service of STORAGE_TYPE=opendal; its options are OPENDAL_<SCHEME>_*. Unset: fs."
    )
    OPENDAL_OPTIONS: Annotated[dict[str, SecretStr], Prefixed("OPENDAL_")] = Field(
        {},
        description="Options of OpenDAL services: OPENDAL_<SCHEME>_<OPTION>, as OPENDAL_FS_ROOT or OPENDAL_S3_BUCKET.",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_unset(cls, value: Any) -> Any:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("OPENDAL_OPTIONS", mode="before")
    @classmethod
    def _options_are_text(cls, value: Any) -> Any:
        """A TOML file says `true` and `8` where an environment says "true" and "8"."""
        if not isinstance(value, dict):
            return value
        return {name: str(one).lower() if isinstance(one, (bool, int)) else one for name, one in value.items()}
