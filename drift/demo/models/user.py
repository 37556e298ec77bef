"""Users, who sign in."""

import enum

from sqlalchemy import Boolean, Column, DateTime, Enum, Integer, String

from drift.demo.models.base import Base


class UserRole(enum.Enum):
    """What a user may do."""

    ADMIN = "admin"
    SOURCER = "sourcer"


class User(Base):
    """An account."""

    __tablename__ = "users"

    id = Column(String(36), primary_key=True)
    email = Column(String(255), unique=True, index=True, nullable=False)
    password_hash = Column(String(255), nullable=False)
    first_name = Column(String(100))
    last_name = Column(String(100))
    role = Column(Enum(UserRole), nullable=False, default=UserRole.SOURCER)  # type: ignore[var-annotated]
    is_active = Column(Boolean, nullable=False, default=True)
    is_verified = Column(Boolean, nullable=False, default=False)
    created_at = Column(DateTime(timezone=True), nullable=False)
    updated_at = Column(DateTime(timezone=True))
    last_login_at = Column(DateTime(timezone=True))
    password_changed_at = Column(DateTime(timezone=True))
    failed_login_attempts = Column(Integer, nullable=False, default=0)
    locked_until = Column(DateTime(timezone=True))
    verification_token = Column(String(255))
    verification_token_expires_at = Column(DateTime(timezone=True))
    reset_token = Column(String(255))
    reset_token_expires_at = Column(DateTime(timezone=True))
