"""The sources of schemas: models, or a live database, in; a `Schema` out."""
