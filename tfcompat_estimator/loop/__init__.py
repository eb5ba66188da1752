"""Runs the graphs of training, evaluation and prediction, each a short loop.

The steps around these loops, and their order, are methods of the Estimator
(`estimator/call_steps.py`), so that subclasses can take the place of one. May import
the engine, `distribution`, `hooks` and what is below; no Estimator, no SavedModels.
"""
