"""Superset's models can only be imported once its application exists."""

from flask_appbuilder import Model
from superset.app import create_app

create_app()
metadata = Model.metadata
