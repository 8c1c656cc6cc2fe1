"""Dify's settings for object stores, as services of OpenDAL."""

import base64
import json

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from dify_runtime_sdk import SettingsError
from dify_runtime_sdk.storage import StorageError
from dify_storage.opendal.service import service
from dify_storage.opendal.services import SERVICES
from dify_storage.opendal.settings import StorageOpendalSettings
from dify_storage.opendal.storage import OpendalStorage

ACCOUNT_KEY = base64.b64encode(b"k" * 32).decode()
SERVICE_ACCOUNT = base64.b64encode(json.dumps({"type": "service_account"}).encode()).decode()
S3 = {"S3_BUCKET_NAME": "files", "S3_ACCESS_KEY": "id", "S3_SECRET_KEY": "secret"}
AZURE = {
    "AZURE_BLOB_ACCOUNT_NAME": "acme",
    "AZURE_BLOB_ACCOUNT_KEY": ACCOUNT_KEY,
    "AZURE_BLOB_CONTAINER_NAME": "files",
}
OSS = {
    "ALIYUN_OSS_BUCKET_NAME": "files",
    "ALIYUN_OSS_ENDPOINT": "https://oss-cn-hangzhou.aliyuncs.com",
    "ALIYUN_OSS_ACCESS_KEY": "id",
    "ALIYUN_OSS_SECRET_KEY": "secret",
    "ALIYUN_OSS_PATH": "dify",
}
COS = {
    "TENCENT_COS_BUCKET_NAME": "files-125",
    "TENCENT_COS_REGION": "ap-guangzhou",
    "TENCENT_COS_SECRET_ID": "id",
    "TENCENT_COS_SECRET_KEY": "secret",
}
OBS = {
    "HUAWEI_OBS_BUCKET_NAME": "files",
    "HUAWEI_OBS_SERVER": "https://obs.cn-north-4.myhuaweicloud.com",
    "HUAWEI_OBS_ACCESS_KEY": "id",
    "HUAWEI_OBS_SECRET_KEY": "secret",
}
TOS = {
    "VOLCENGINE_TOS_BUCKET_NAME": "files",
    "VOLCENGINE_TOS_ENDPOINT": "tos-cn-beijing.volces.com",
    "VOLCENGINE_TOS_REGION": "cn-beijing",
    "VOLCENGINE_TOS_ACCESS_KEY": "id",
    "VOLCENGINE_TOS_SECRET_KEY": "secret",
}
BOS = {
    "BAIDU_OBS_BUCKET_NAME": "files",
    "BAIDU_OBS_ENDPOINT": "https://bj.bcebos.com",
    "BAIDU_OBS_ACCESS_KEY": "id",
    "BAIDU_OBS_SECRET_KEY": "secret",
}
OCI = {
    "OCI_BUCKET_NAME": "files",
    "OCI_ENDPOINT": "https://ns.compat.objectstorage.eu-frankfurt-1.oraclecloud.com/",
    "OCI_REGION": "eu-frankfurt-1",
    "OCI_ACCESS_KEY": "id",
    "OCI_SECRET_KEY": "secret",
}
SUPABASE = {"SUPABASE_BUCKET_NAME": "files", "SUPABASE_URL": "https://ref.supabase.co/", "SUPABASE_API_KEY": "jwt"}
KEYS = {"access_key_id": "id", "secret_access_key": "secret"}
OWN = {"disable_config_load": "true"}
TAKEN = [
    ("opendal", {}, "fs", {"root": "storage"}),
    ("s3", S3, "s3", {"bucket": "files", "region": "us-east-1", "enable_virtual_host_style": "true", **KEYS, **OWN}),
    (
        "azure-blob",
        AZURE,
        "azblob",
        {
            "container": "files",
            "account_name": "acme",
            "account_key": ACCOUNT_KEY,
            "endpoint": "https://acme.blob.core.windows.net",
        },
    ),
    (
        "google-storage",
        {"GOOGLE_STORAGE_BUCKET_NAME": "files", "GOOGLE_STORAGE_SERVICE_ACCOUNT_JSON_BASE64": SERVICE_ACCOUNT},
        "gcs",
        {"bucket": "files", "credential": SERVICE_ACCOUNT, **OWN},
    ),
    (
        "aliyun-oss",
        OSS,
        "oss",
        {
            "bucket": "files",
            "endpoint": "https://oss-cn-hangzhou.aliyuncs.com",
            "root": "dify",
            "access_key_id": "id",
            "access_key_secret": "secret",
        },
    ),
    (
        "tencent-cos",
        COS,
        "cos",
        {
            "bucket": "files-125",
            "endpoint": "https://cos.ap-guangzhou.myqcloud.com",
            "secret_id": "id",
            "secret_key": "secret",
            **OWN,
        },
    ),
    ("huawei-obs", OBS, "obs", {"bucket": "files", "endpoint": "https://obs.cn-north-4.myhuaweicloud.com", **KEYS}),
    (
        "volcengine-tos",
        TOS,
        "tos",
        {"bucket": "files", "endpoint": "https://tos-cn-beijing.volces.com", "region": "cn-beijing", **KEYS, **OWN},
    ),
    (
        "baidu-obs",
        BOS,
        "s3",
        {"bucket": "files", "endpoint": "https://s3.bj.bcebos.com", "region": "bj", **KEYS, **OWN},
    ),
    (
        "oci-storage",
        OCI,
        "s3",
        {"bucket": "files", "endpoint": OCI["OCI_ENDPOINT"].rstrip("/"), "region": "eu-frankfurt-1", **KEYS, **OWN},
    ),
    (
        "supabase",
        SUPABASE,
        "s3",
        {
            "bucket": "files",
            "endpoint": "https://ref.supabase.co/storage/v1/s3",
            "region": "us-east-1",
            "access_key_id": "ref",
            "secret_access_key": "jwt",
            "session_token": "jwt",
            **OWN,
        },
    ),
]


def made(backend, given):
    return SERVICES[backend](StorageOpendalSettings(**given))


def told(options):
    """What is said, without switches that are off, as they are by default."""
    return {name: value for name, value in options.items() if value != "false"}


@pytest.mark.parametrize(("backend", "given", "scheme", "options"), TAKEN, ids=[one[0] for one in TAKEN])
def test_the_settings_of_a_store_become_options(backend, given, scheme, options):
    found = made(backend, given)
    assert (found.scheme, told(found.options)) == (scheme, options)


def test_every_store_is_covered():
    assert {one[0] for one in TAKEN} == set(SERVICES)


@pytest.mark.parametrize(("backend", "given"), [one[:2] for one in TAKEN if one[1]], ids=lambda one: str(one)[:12])
def test_opendal_takes_the_options(backend, given):
    assert OpendalStorage.open(backend, made(backend, given))


@pytest.mark.parametrize(("backend", "given"), [one[:2] for one in TAKEN if one[1]], ids=lambda one: str(one)[:12])
def test_what_is_missing_is_named(backend, given):
    with pytest.raises(SettingsError, match=repr(backend)) as caught:
        made(backend, {})
    optional = {"ALIYUN_OSS_PATH", "GOOGLE_STORAGE_SERVICE_ACCOUNT_JSON_BASE64", "S3_ACCESS_KEY", "S3_SECRET_KEY"}
    for name in given.keys() - optional - {"TENCENT_COS_REGION"}:
        assert name in caught.value.message


def test_blank_settings_are_not_set():
    with pytest.raises(SettingsError, match="S3_BUCKET_NAME"):
        made("s3", S3 | {"S3_BUCKET_NAME": " "})
    assert "endpoint" not in made("s3", S3 | {"S3_ENDPOINT": ""}).options


def test_an_unknown_address_style_is_refused():
    with pytest.raises(ValidationError, match="S3_ADDRESS_STYLE"):
        StorageOpendalSettings(S3_ADDRESS_STYLE="sideways")


@pytest.mark.parametrize(
    ("given", "virtual"),
    [
        ({}, True),
        ({"S3_BUCKET_NAME": "dotted.name"}, False),
        ({"S3_ENDPOINT": "http://127.0.0.1:9000"}, False),
        ({"S3_ENDPOINT": "http://127.0.0.1:9000", "S3_ADDRESS_STYLE": "virtual"}, True),
        ({"S3_ADDRESS_STYLE": "path"}, False),
    ],
)
def test_the_bucket_goes_where_the_style_says(given, virtual):
    assert made("s3", S3 | given).options["enable_virtual_host_style"] == str(virtual).lower()


def test_the_role_of_the_machine_replaces_keys_endpoint_and_style():
    given = S3 | {"S3_USE_AWS_MANAGED_IAM": "true", "S3_ENDPOINT": "http://127.0.0.1:9000", "S3_ADDRESS_STYLE": "path"}
    assert made("s3", given).options == {"bucket": "files", "enable_virtual_host_style": "true"}
    assert made("s3", given | {"S3_REGION": "eu-west-1"}).options["region"] == "eu-west-1"


def test_without_keys_the_environment_is_asked():
    assert made("s3", {"S3_BUCKET_NAME": "files"}).options["disable_config_load"] == "false"
    assert told(made("google-storage", {"GOOGLE_STORAGE_BUCKET_NAME": "files"}).options) == {"bucket": "files"}


def test_half_a_pair_of_keys_is_refused():
    with pytest.raises(SettingsError, match="S3_SECRET_KEY"):
        made("s3", {"S3_BUCKET_NAME": "files", "S3_ACCESS_KEY": "id"})


def test_the_identity_of_an_azure_machine_replaces_the_key():
    given = AZURE | {"AZURE_BLOB_ACCOUNT_KEY": "managedidentity", "AZURE_BLOB_ACCOUNT_URL": "http://127.0.0.1:1/acme/"}
    found = made("azure-blob", given).options
    assert found == {"container": "files", "account_name": "acme", "endpoint": "http://127.0.0.1:1/acme"}


def test_oss_with_v4_signatures_goes_by_the_s3_protocol():
    found = made("aliyun-oss", OSS | {"ALIYUN_OSS_AUTH_VERSION": "v4", "ALIYUN_OSS_REGION": "cn-hangzhou"})
    assert found.scheme == "s3"
    assert found.options["endpoint"] == "https://s3.oss-cn-hangzhou.aliyuncs.com"
    assert found.options["region"] == "oss-cn-hangzhou"
    assert found.options["root"] == "dify"
    with pytest.raises(SettingsError, match="ALIYUN_OSS_REGION"):
        made("aliyun-oss", OSS | {"ALIYUN_OSS_AUTH_VERSION": "v4"})


def test_a_cloud_box_is_refused():
    with pytest.raises(SettingsError, match="ALIYUN_CLOUDBOX_ID"):
        made("aliyun-oss", OSS | {"ALIYUN_CLOUDBOX_ID": "cb-1"})


def test_a_cos_domain_of_ones_own_must_begin_with_the_bucket():
    domain = {"TENCENT_COS_REGION": "", "TENCENT_COS_SCHEME": "http"}
    found = made("tencent-cos", COS | domain | {"TENCENT_COS_CUSTOM_DOMAIN": "files-125.example.com"})
    assert found.options["endpoint"] == "http://files-125.example.com"
    with pytest.raises(SettingsError, match="TENCENT_COS_CUSTOM_DOMAIN"):
        made("tencent-cos", COS | {"TENCENT_COS_CUSTOM_DOMAIN": "files.example.com"})
    with pytest.raises(SettingsError, match="TENCENT_COS_REGION"):
        made("tencent-cos", COS | {"TENCENT_COS_REGION": ""})


@pytest.mark.parametrize(
    ("server", "region"), [(OBS["HUAWEI_OBS_SERVER"], "cn-north-4"), ("https://storage.example", "us-east-1")]
)
def test_obs_with_the_bucket_in_the_path_goes_by_the_s3_protocol(server, region):
    found = made("huawei-obs", OBS | {"HUAWEI_OBS_PATH_STYLE": "true", "HUAWEI_OBS_SERVER": server})
    assert (found.scheme, found.options["region"], found.options["endpoint"]) == ("s3", region, server)


def test_any_service_of_opendal_takes_the_options_under_its_name():
    options = {"S3_BUCKET": "b", "S3_REGION": "r", "GCS_BUCKET": "other", "HDFS_NATIVE_NAME_NODE": "n", "S3_ROOT": ""}
    given = {"OPENDAL_SCHEME": " S3 ", "OPENDAL_OPTIONS": options}
    assert made("opendal", given) == service("s3", bucket="b", region="r")
    assert made("opendal", given | {"OPENDAL_SCHEME": "hdfs-native"}).options == {"name_node": "n"}


def test_options_from_a_toml_file_need_not_be_text():
    given = {"OPENDAL_SCHEME": "s3", "OPENDAL_OPTIONS": {"S3_ENABLE_VIRTUAL_HOST_STYLE": True, "S3_DELETE_MAX_SIZE": 8}}
    assert made("opendal", given).options == {"enable_virtual_host_style": "true", "delete_max_size": "8"}


def test_credentials_are_not_shown():
    settings = StorageOpendalSettings(**S3, **OSS, OPENDAL_OPTIONS={"S3_SECRET_ACCESS_KEY": "secret"})
    assert "secret'" not in repr(settings)
    assert "secret" not in repr(SERVICES["s3"](settings))
    assert SecretStr("secret") == settings.S3_SECRET_KEY


@pytest.mark.parametrize(
    ("scheme", "options"),
    [
        ("no-such-service", {}),
        ("s3", {"region": "r"}),
        ("s3", {"bucket": "files", "region": "r", "enable_virtual_host_style": "hunter2"}),
        ("azblob", {"container": "files", "account_key": "hunter2"}),
    ],
)
def test_options_that_opendal_refuses_are_an_error_without_their_values(scheme, options):
    with pytest.raises(StorageError, match=f"'opendal' cannot use OpenDAL's service '{scheme}'") as caught:
        OpendalStorage.open("opendal", service(scheme, **options))
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


PRESIGNED = {
    "s3": ("files.s3.us-east-1.amazonaws.com", "/a/one%20b.txt", {"X-Amz-Expires": "90"}),
    "oci-storage": ("ns.compat.objectstorage.eu-frankfurt-1.oraclecloud.com", "/files/a/one%20b.txt", {}),
    "aliyun-oss": ("files.oss-cn-hangzhou.aliyuncs.com", "/dify/a/one%20b.txt", {"OSSAccessKeyId": "id"}),
    "tencent-cos": ("files-125.cos.ap-guangzhou.myqcloud.com", "/a/one%20b.txt", {"q-ak": "id"}),
    "huawei-obs": ("files.obs.cn-north-4.myhuaweicloud.com", "/a/one%20b.txt", {"AccessKeyId": "id"}),
    "volcengine-tos": ("files.tos-cn-beijing.volces.com", "/a/one%20b.txt", {"X-Tos-Expires": "90"}),
}


@pytest.mark.parametrize("backend", PRESIGNED)
async def test_a_url_is_presigned_without_asking_the_service(backend):
    given = next(one[1] for one in TAKEN if one[0] == backend)
    address, path, query = PRESIGNED[backend]
    url = httpx.URL(await OpendalStorage.open(backend, made(backend, given)).presign("a/one b.txt", expires=89.5))
    assert (url.scheme, url.host, url.raw_path.partition(b"?")[0].decode()) == ("https", address, path)
    assert query.items() <= dict(url.params).items()
    assert "secret" not in str(url)


async def test_azure_gives_no_url_as_it_would_allow_to_write():
    assert await OpendalStorage.open("azure-blob", made("azure-blob", AZURE)).presign("one", expires=60) is None


async def test_a_url_that_cannot_be_presigned_is_an_error():
    store = OpendalStorage.open("s3", service("s3", bucket="b", region="r", disable_config_load=True))
    with pytest.raises(StorageError, match="'s3' cannot presign 'one'"):
        await store.presign("one", expires=60)
