"""Writes SavedModels that TensorFlow Serving serves.

`receivers` declares what a served model is given, `export` builds the graphs of
the modes and restores the checkpoint into each, `saved_model` writes them to a
version directory (`version_folder`) that appears whole or not at all;
`retention` removes old versions.
"""
