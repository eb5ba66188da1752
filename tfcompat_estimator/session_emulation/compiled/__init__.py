"""Functions of TensorFlow 2 made of parts of graphs.

`function` makes them of what a session hands over, so that one function may serve
several sessions; `function_names` keeps those of different graphs apart.
"""
