"""The declared side: `package.module:attribute` in; a `Schema` and the models' lines out.

`loader` imports and declares; `recorder` and `locations` find the lines; `model_errors` and
`advice` explain the models' exceptions; `overlooked` finds models that were never imported.
"""
