"""Batches of products, and what was found out about each."""

import enum

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Enum,
    ForeignKey,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
)

from drift.demo.models.base import Base


class BatchStatus(enum.Enum):
    """How far a batch is."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Batch(Base):
    """A list of products that one user wants to be looked at."""

    __tablename__ = "batches"

    id = Column(String(36), primary_key=True)
    user_id = Column(String(36), ForeignKey("users.id", ondelete="CASCADE"), nullable=False)
    name = Column(String(255), nullable=False)
    status = Column(Enum(BatchStatus), nullable=False, default=BatchStatus.PENDING)  # type: ignore[var-annotated]
    items_total = Column(Integer, nullable=False, default=0)
    items_processed = Column(Integer, nullable=False, default=0)
    created_at = Column(DateTime(timezone=True), nullable=False)
    started_at = Column(DateTime(timezone=True))
    finished_at = Column(DateTime(timezone=True))


class Analysis(Base):
    """What one product of a batch would earn."""

    __tablename__ = "analyses"
    __table_args__ = (
        UniqueConstraint("batch_id", "isbn_or_asin", name="uq_batch_isbn"),
        CheckConstraint("velocity_score >= 0 AND velocity_score <= 100", name="ck_velocity_range"),
    )

    id = Column(String(36), primary_key=True)
    batch_id = Column(String(36), ForeignKey("batches.id", ondelete="CASCADE"), nullable=False)
    isbn_or_asin = Column(String(20), nullable=False)
    buy_price = Column(Numeric(10, 2), nullable=False)
    fees = Column(Numeric(10, 2), nullable=False)
    expected_sale_price = Column(Numeric(10, 2), nullable=False)
    profit = Column(Numeric(10, 2), nullable=False)
    roi_percent = Column(Numeric(10, 2), nullable=False)
    velocity_score = Column(Numeric(5, 2), nullable=False)
