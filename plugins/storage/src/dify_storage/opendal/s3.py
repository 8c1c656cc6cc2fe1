"""Back ends that speak the S3 protocol, as services of OpenDAL."""

from typing import Final

from .service import Service, Value, host, require, service, url
from .settings import StorageOpendalSettings

DEFAULT_REGION: Final = "us-east-1"
"""What a signature names where there are no regions, or one is not told."""


def by_s3(**options: Value) -> Service:
    """A service that speaks S3, with these credentials and nothing from the environment of the process."""
    return service("s3", disable_config_load=True, **options)


def s3(settings: StorageOpendalSettings) -> Service:
    """Amazon S3, or another service at S3_ENDPOINT."""
    require("s3", settings, "S3_BUCKET_NAME")
    bucket = settings.S3_BUCKET_NAME or ""
    dotted = "." in bucket  # such a name does not fit Amazon's certificate as part of a host
    if settings.S3_USE_AWS_MANAGED_IAM:
        return service("s3", bucket=bucket, region=settings.S3_REGION, enable_virtual_host_style=not dotted)
    keys = settings.S3_ACCESS_KEY or settings.S3_SECRET_KEY
    if keys:
        require("s3", settings, "S3_ACCESS_KEY", "S3_SECRET_KEY")
    automatic = settings.S3_ADDRESS_STYLE == "auto" and settings.S3_ENDPOINT is None and not dotted
    return service(
        "s3",
        bucket=bucket,
        endpoint=url(settings.S3_ENDPOINT),
        region=settings.S3_REGION or DEFAULT_REGION,
        access_key_id=settings.S3_ACCESS_KEY,
        secret_access_key=settings.S3_SECRET_KEY,
        enable_virtual_host_style=automatic or settings.S3_ADDRESS_STYLE == "virtual",
        disable_config_load=keys is not None,
    )


def oci_storage(settings: StorageOpendalSettings) -> Service:
    """Oracle Object Storage."""
    names = ("OCI_BUCKET_NAME", "OCI_ENDPOINT", "OCI_REGION", "OCI_ACCESS_KEY", "OCI_SECRET_KEY")
    require("oci-storage", settings, *names)
    return by_s3(
        bucket=settings.OCI_BUCKET_NAME,
        endpoint=url(settings.OCI_ENDPOINT),
        region=settings.OCI_REGION,
        access_key_id=settings.OCI_ACCESS_KEY,
        secret_access_key=settings.OCI_SECRET_KEY,
    )


def baidu_obs(settings: StorageOpendalSettings) -> Service:
    """Baidu BOS: its S3 protocol is at another host than its own one."""
    names = ("BAIDU_OBS_BUCKET_NAME", "BAIDU_OBS_ENDPOINT", "BAIDU_OBS_ACCESS_KEY", "BAIDU_OBS_SECRET_KEY")
    require("baidu-obs", settings, *names)
    endpoint = url(settings.BAIDU_OBS_ENDPOINT) or ""
    region = host(endpoint).removeprefix("s3.").partition(".")[0]
    return by_s3(
        bucket=settings.BAIDU_OBS_BUCKET_NAME,
        endpoint=endpoint.replace(f"://{region}.bcebos.com", f"://s3.{region}.bcebos.com"),
        region=region,
        access_key_id=settings.BAIDU_OBS_ACCESS_KEY,
        secret_access_key=settings.BAIDU_OBS_SECRET_KEY,
    )


def supabase(settings: StorageOpendalSettings) -> Service:
    """Supabase Storage, with the project's API key as a session token, which needs no separate S3 keys."""
    require("supabase", settings, "SUPABASE_BUCKET_NAME", "SUPABASE_URL", "SUPABASE_API_KEY")
    address = url(settings.SUPABASE_URL) or ""
    return by_s3(
        bucket=settings.SUPABASE_BUCKET_NAME,
        endpoint=f"{address}/storage/v1/s3",
        region=DEFAULT_REGION,
        access_key_id=host(address).partition(".")[0],
        secret_access_key=settings.SUPABASE_API_KEY,
        session_token=settings.SUPABASE_API_KEY,
    )
