"""The models of the audited service, as its code declares them."""

from drift.demo.models.base import Base
from drift.demo.models.batch import Analysis, Batch, BatchStatus
from drift.demo.models.job import AutosourcingJob, Config, SearchHistory
from drift.demo.models.product import KeepaProduct, KeepaSnapshot
from drift.demo.models.user import User, UserRole

__all__ = [
    "Analysis",
    "AutosourcingJob",
    "Base",
    "Batch",
    "BatchStatus",
    "Config",
    "KeepaProduct",
    "KeepaSnapshot",
    "SearchHistory",
    "User",
    "UserRole",
]
