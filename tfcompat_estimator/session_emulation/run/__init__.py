"""Runs parts of a graph: what `session.run` is.

`session` is the interface that v1 code expects. `snapshot` reads the graph,
`resources` makes what lives longer than a run, `program` builds and keeps the
function of each set of feeds and fetches. `feeds` checks what is fed, `plans`
keeps how results are put together, `run_options` serves tf.compat.v1.RunOptions.
What makes many steps faster is in `ahead`: nothing here knows of it.
"""
