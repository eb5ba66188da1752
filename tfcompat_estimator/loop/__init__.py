"""Drives training, evaluation and prediction, each a short loop.

Each driver builds a graph (`build`), puts the default hooks around the user's,
opens a session and runs it until someone says stop.
"""
