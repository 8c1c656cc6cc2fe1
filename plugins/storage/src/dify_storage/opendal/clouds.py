"""Back ends with a protocol of their own, as services of OpenDAL."""

from dify_runtime_sdk import SettingsError

from .s3 import DEFAULT_REGION, by_s3
from .service import Service, host, require, service, url
from .settings import StorageOpendalSettings


def azure_blob(settings: StorageOpendalSettings) -> Service:
    """Azure Blob Storage, by the account's key or the identity of the machine."""
    require("azure-blob", settings, "AZURE_BLOB_ACCOUNT_NAME", "AZURE_BLOB_CONTAINER_NAME", "AZURE_BLOB_ACCOUNT_KEY")
    account, key = settings.AZURE_BLOB_ACCOUNT_NAME, settings.AZURE_BLOB_ACCOUNT_KEY
    managed = key is not None and key.get_secret_value() == "managedidentity"
    return service(
        "azblob",
        container=settings.AZURE_BLOB_CONTAINER_NAME,
        account_name=account,
        account_key=None if managed else key,
        endpoint=url(settings.AZURE_BLOB_ACCOUNT_URL) or f"https://{account}.blob.core.windows.net",
    )


def google_storage(settings: StorageOpendalSettings) -> Service:
    """Google Cloud Storage, by a service account or what the machine has."""
    require("google-storage", settings, "GOOGLE_STORAGE_BUCKET_NAME")
    account = settings.GOOGLE_STORAGE_SERVICE_ACCOUNT_JSON_BASE64
    bucket = settings.GOOGLE_STORAGE_BUCKET_NAME
    return service("gcs", bucket=bucket, credential=account, disable_config_load=account is not None)


def aliyun_oss(settings: StorageOpendalSettings) -> Service:
    """Alibaba Cloud OSS; with V4 signatures by its S3 protocol, as its own client knows V1 alone."""
    names = ("ALIYUN_OSS_BUCKET_NAME", "ALIYUN_OSS_ENDPOINT", "ALIYUN_OSS_ACCESS_KEY", "ALIYUN_OSS_SECRET_KEY")
    require("aliyun-oss", settings, *names)
    if settings.ALIYUN_CLOUDBOX_ID:
        raise SettingsError("storage back end 'aliyun-oss' cannot use ALIYUN_CLOUDBOX_ID", hint="unset it")
    bucket, root = settings.ALIYUN_OSS_BUCKET_NAME, settings.ALIYUN_OSS_PATH
    endpoint = url(settings.ALIYUN_OSS_ENDPOINT) or ""
    key, secret = settings.ALIYUN_OSS_ACCESS_KEY, settings.ALIYUN_OSS_SECRET_KEY
    if (settings.ALIYUN_OSS_AUTH_VERSION or "").lower() != "v4":
        return service("oss", bucket=bucket, endpoint=endpoint, root=root, access_key_id=key, access_key_secret=secret)
    require("aliyun-oss", settings, "ALIYUN_OSS_REGION")
    return by_s3(
        bucket=bucket,
        endpoint=endpoint.replace("://oss-", "://s3.oss-"),
        region=f"oss-{(settings.ALIYUN_OSS_REGION or '').removeprefix('oss-')}",
        root=root,
        access_key_id=key,
        secret_access_key=secret,
        enable_virtual_host_style=True,
    )


def tencent_cos(settings: StorageOpendalSettings) -> Service:
    """Tencent Cloud COS, in a region or at a domain of one's own."""
    require("tencent-cos", settings, "TENCENT_COS_BUCKET_NAME", "TENCENT_COS_SECRET_ID", "TENCENT_COS_SECRET_KEY")
    bucket, address = settings.TENCENT_COS_BUCKET_NAME, settings.TENCENT_COS_CUSTOM_DOMAIN
    if address is None:
        require("tencent-cos", settings, "TENCENT_COS_REGION")
        address = f"cos.{settings.TENCENT_COS_REGION}.myqcloud.com"
    elif not host(url(address) or "").startswith(f"{bucket}."):  # the client puts the bucket before any other address
        raise SettingsError(
            "storage back end 'tencent-cos' cannot use TENCENT_COS_CUSTOM_DOMAIN: it does not begin with the bucket",
            hint="set TENCENT_COS_REGION instead, or use a domain that begins with TENCENT_COS_BUCKET_NAME",
        )
    return service(
        "cos",
        bucket=bucket,
        endpoint=url(address, settings.TENCENT_COS_SCHEME or "https"),
        secret_id=settings.TENCENT_COS_SECRET_ID,
        secret_key=settings.TENCENT_COS_SECRET_KEY,
        disable_config_load=True,
    )


def huawei_obs(settings: StorageOpendalSettings) -> Service:
    """Huawei Cloud OBS; with the bucket in the path by its S3 protocol, as its own client puts it into the host."""
    names = ("HUAWEI_OBS_BUCKET_NAME", "HUAWEI_OBS_SERVER", "HUAWEI_OBS_ACCESS_KEY", "HUAWEI_OBS_SECRET_KEY")
    require("huawei-obs", settings, *names)
    bucket, endpoint = settings.HUAWEI_OBS_BUCKET_NAME, url(settings.HUAWEI_OBS_SERVER) or ""
    key, secret = settings.HUAWEI_OBS_ACCESS_KEY, settings.HUAWEI_OBS_SECRET_KEY
    if not settings.HUAWEI_OBS_PATH_STYLE:
        return service("obs", bucket=bucket, endpoint=endpoint, access_key_id=key, secret_access_key=secret)
    labels = host(endpoint).split(".")
    region = labels[1] if labels[0] == "obs" and len(labels) > 2 else DEFAULT_REGION
    return by_s3(bucket=bucket, endpoint=endpoint, region=region, access_key_id=key, secret_access_key=secret)


def volcengine_tos(settings: StorageOpendalSettings) -> Service:
    """Volcengine TOS."""
    names = ("BUCKET_NAME", "ENDPOINT", "REGION", "ACCESS_KEY", "SECRET_KEY")
    require("volcengine-tos", settings, *(f"VOLCENGINE_TOS_{name}" for name in names))
    return service(
        "tos",
        bucket=settings.VOLCENGINE_TOS_BUCKET_NAME,
        endpoint=url(settings.VOLCENGINE_TOS_ENDPOINT),
        region=settings.VOLCENGINE_TOS_REGION,
        access_key_id=settings.VOLCENGINE_TOS_ACCESS_KEY,
        secret_access_key=settings.VOLCENGINE_TOS_SECRET_KEY,
        disable_config_load=True,
    )
