"""Ids of datasets in app files, as one workspace knows them."""

from dataclasses import dataclass

from dify_runtime_sdk.secrets import DecryptionError
from dify_secrets import decrypt_dataset_id, encrypt_dataset_id


@dataclass(frozen=True, slots=True)
class TenantDatasetIds:
    """The cipher of a workspace; satisfies `dify_workflow.dsl.DatasetIds`."""

    tenant_id: str

    def encrypt(self, dataset_id: str, /) -> str:
        """The id as it stands in a file."""
        return encrypt_dataset_id(dataset_id, self.tenant_id)

    def decrypt(self, text: str, /) -> str | None:
        """The id that a file names; None for one from another workspace."""
        try:
            return decrypt_dataset_id(text, self.tenant_id)
        except DecryptionError:
            return None
