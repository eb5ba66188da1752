"""Functions of TensorFlow 2 made of parts of graphs.

`compiled_function` makes them of what a session hands over, so that one function may
serve several sessions: `content` tells which ones may, `shared` keeps them.
`function_names` keeps the functions of different graphs apart. May import `ops`,
`devices` and `_tf`: it knows neither sessions nor graphs.
"""
