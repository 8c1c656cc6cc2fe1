"""Models: what feature plugins import besides the SDK's protocols.

Light: SQLAlchemy comes with the modules that need it. `dify_models.tables` has the tables.
"""

from .api import AvailableModel, Credential, ModelProviders

__all__ = ["AvailableModel", "Credential", "ModelProviders"]
