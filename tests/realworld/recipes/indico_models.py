"""Indico's models lie in packages named `models` all over it, which it finds itself."""

from indico.core.db import db
from indico.core.db.sqlalchemy.util.models import import_all_models

import_all_models()
metadata = db.Model.metadata
