"""Object stores through OpenDAL: S3, Azure Blob, Google Cloud Storage and their like."""
