"""The declared side: `package.module:attribute` in; a `Schema` and the models' lines out.

`loader` imports and declares; `recorder` and `locations` find the lines; `model_errors` and
`advice` explain what the models raise; `overlooked` finds models that were never imported.
"""
