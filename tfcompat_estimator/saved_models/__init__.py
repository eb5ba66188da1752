"""Writes SavedModels that TensorFlow Serving serves.

`receivers` declares what a served model is given, `exports` builds the graphs of
the modes and restores the checkpoint into each, `version_folder` writes them to a
directory that appears whole or not at all, and removes old ones; `old_runtime`
rewrites an export for servers of TensorFlow 1.15. May import the engine, `loop` and
what is below; no Estimator.
"""
