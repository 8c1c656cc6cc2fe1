"""The back ends by name."""

from collections.abc import Callable, Mapping
from typing import Final

from .clouds import aliyun_oss, azure_blob, google_storage, huawei_obs, tencent_cos, volcengine_tos
from .s3 import baidu_obs, oci_storage, s3, supabase
from .service import Service, service
from .settings import StorageOpendalSettings

DEFAULT_ROOT: Final = "storage"
"""Directory of the service `fs` when OPENDAL_FS_ROOT is not set, below the working directory."""


def opendal(settings: StorageOpendalSettings) -> Service:
    """Whatever OPENDAL_SCHEME names, with the options that begin with it."""
    scheme = (settings.OPENDAL_SCHEME or "fs").strip().lower()
    prefix = f"{scheme.replace('-', '_').upper()}_"
    given = {name: value for name, value in settings.OPENDAL_OPTIONS.items() if name.startswith(prefix)}
    options = {name.removeprefix(prefix).lower(): value for name, value in given.items()}
    if scheme == "fs" and not options.get("root"):
        return service("fs", root=DEFAULT_ROOT)
    return service(scheme, **options)


SERVICES: Final[Mapping[str, Callable[[StorageOpendalSettings], Service]]] = {
    "opendal": opendal,
    "s3": s3,
    "azure-blob": azure_blob,
    "google-storage": google_storage,
    "aliyun-oss": aliyun_oss,
    "tencent-cos": tencent_cos,
    "huawei-obs": huawei_obs,
    "volcengine-tos": volcengine_tos,
    "baidu-obs": baidu_obs,
    "oci-storage": oci_storage,
    "supabase": supabase,
}
"""What makes a service from the settings; each raises `SettingsError` when some are missing or cannot be used."""
