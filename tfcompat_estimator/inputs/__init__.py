"""Brings the user's data into the graph.

`input_call` runs an `input_fn` inside the graph that is being built and says what it
gave: `Inputs(features, labels, hooks)`; the others make input functions of data in
memory. Knows no session; may import `records` and what is below.
"""
