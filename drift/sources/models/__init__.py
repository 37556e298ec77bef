"""The declared side: `package.module:attribute` goes in, a `Schema` and the models' lines come out.

`loader` imports and declares; `recorder` and `locations` tell the lines; `model_errors` and
`advice` explain what the models raise; `overlooked` finds models that were never imported.
"""
