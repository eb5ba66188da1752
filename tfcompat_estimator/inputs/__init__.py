"""Brings the user's data into the graph.

`call` runs an `input_fn` inside the graph that is being built and says what it
gave: `Inputs(features, labels, hooks)`.
"""
