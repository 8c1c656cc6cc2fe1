"""Datasets of easy apps."""

from typing import Any

from pydantic import Field

from .base import Section


class DatasetReference(Section):
    """A dataset by id."""

    enabled: bool = True
    id: str = ""


class DatasetEntry(Section):
    """An item of the list of datasets."""

    dataset: DatasetReference = DatasetReference()


class Datasets(Section):
    """The datasets and the old way to choose among them."""

    strategy: str = "router"
    datasets: list[DatasetEntry] = Field(default_factory=list)


class RerankingModel(Section):
    """A model that orders what was found."""

    reranking_provider_name: str = ""
    reranking_model_name: str = ""


class DatasetConfigs(Section):
    """`dataset_configs`: what is searched, and how."""

    retrieval_model: str = "multiple"
    """single or multiple."""
    datasets: Datasets = Datasets()
    top_k: int = 4
    score_threshold: float | None = None
    score_threshold_enabled: bool = False
    reranking_mode: str | None = None
    """reranking_model or weighted_score."""
    reranking_enable: bool = True
    reranking_model: RerankingModel = RerankingModel()
    weights: dict[str, Any] = Field(default_factory=dict)
    metadata_filtering_mode: str = "disabled"
    """disabled, automatic or manual."""
    metadata_model_config: dict[str, Any] = Field(default_factory=dict)
    metadata_filtering_conditions: dict[str, Any] = Field(default_factory=dict)
