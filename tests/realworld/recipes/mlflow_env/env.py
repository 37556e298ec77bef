"""Creates the tables with which MLflow begins, and goes on with MLflow's own env.py."""

import runpy
from pathlib import Path

import mlflow.store.db_migrations
import sqlalchemy
from alembic import context
from mlflow.store.tracking.dbmodels.initial_models import Base

engine = sqlalchemy.create_engine(str(context.config.get_main_option("sqlalchemy.url")))
if not sqlalchemy.inspect(engine).has_table("alembic_version"):
    Base.metadata.create_all(engine)
engine.dispose()
runpy.run_path(str(Path(mlflow.store.db_migrations.__file__).with_name("env.py")))
