"""Products, and what they cost from day to day."""

import uuid

from sqlalchemy import Column, DateTime, ForeignKey, Integer, String
from sqlalchemy.dialects.postgresql import JSONB, UUID

from drift.demo.models.base import Base


class KeepaProduct(Base):
    """A product that is watched."""

    __tablename__ = "keepa_products"

    id = Column(UUID(as_uuid=True), primary_key=True, default=uuid.uuid4)
    asin = Column(String(20), unique=True, index=True, nullable=False)
    title = Column(String(500))
    created_at = Column(DateTime(timezone=True), nullable=False)


class KeepaSnapshot(Base):
    """A product at one moment."""

    __tablename__ = "keepa_snapshots"

    id = Column(UUID(as_uuid=True), primary_key=True, default=uuid.uuid4)
    product_id = Column(
        UUID(as_uuid=True), ForeignKey("keepa_products.id"), index=True, nullable=False
    )
    sales_rank = Column(Integer)
    raw = Column(JSONB)
    taken_at = Column(DateTime(timezone=True), nullable=False)
