"""Where schemas come from: models, a live database."""
