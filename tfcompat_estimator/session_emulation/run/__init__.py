"""Runs parts of a graph: what `session.run` is.

`emulated_session` is the interface that v1 code expects. `graph_snapshot` reads the
graph, `resource_table` makes what lives longer than a run, `program` builds and keeps
the function of each set of feeds and fetches. `feeds` checks what is fed, `plans`
keeps how results are put together, `run_options` serves tf.compat.v1.RunOptions. What
makes many steps faster is in `loops`: nothing here knows of it. May import `passes`,
`compiled` and what is below them.
"""
