"""Invenio's models are found through entry points, when the database extension starts."""

from flask import Flask
from invenio_db import InvenioDB, db

app = Flask("invenio")
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
InvenioDB(app)
metadata = db.metadata
