"""Writes SavedModels that TensorFlow Serving serves.

`receivers` declares what a served model is given, `saved_model` builds the
graphs of the modes, restores the checkpoint into each and writes them to a
version directory (`version_folder`) that appears whole or not at all; `garbage`
removes old versions.
"""
