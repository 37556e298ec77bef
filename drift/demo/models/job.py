"""Jobs, settings and searches."""

import uuid

from sqlalchemy import Column, DateTime, Integer, String, Text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from drift.demo.models.base import Base


class AutosourcingJob(Base):
    """A search that runs by itself."""

    __tablename__ = "autosourcing_jobs"

    id = Column(UUID(as_uuid=True), primary_key=True, default=uuid.uuid4)
    profile = Column(String(100), nullable=False)
    status = Column(String(20), nullable=False)
    products_found = Column(Integer, nullable=False, default=0)
    created_at = Column(DateTime(timezone=True), nullable=False)


class Config(Base):
    """A setting."""

    __tablename__ = "config"

    key = Column(String(100), primary_key=True)
    value = Column(JSONB, nullable=False)
    description = Column(Text)


class SearchHistory(Base):
    """A search that somebody made."""

    __tablename__ = "search_history"

    id = Column(Integer, primary_key=True)
    query = Column(String(255), nullable=False)
    results = Column(Integer, nullable=False, server_default="0")
    searched_at = Column(DateTime(timezone=True), nullable=False)
