"""Runs a v1-style graph without a v1 Session.

The graph is an ordinary, finalized `tf.Graph`. For each set of (feeds, fetches)
the part of the graph that they need becomes one TF 2 function, built once and
kept; everything with a life longer than one run (variables, tables, queues,
iterators) is made once a session and handed to all functions.

    with tf.Graph().as_default() as graph:
      x = tf.compat.v1.placeholder(tf.float32, [None])
      y = 2. * x
    session = emulated_session.EmulatedSession(graph)
    session.run(y, {x: [1., 2.]})        # array([2., 4.], dtype=float32)
    session.close()

`run` is that, `opening` opens sessions for `tf.compat.v1.train.MonitoredSession`,
`passes` changes the nodes that are run, `compiled` makes functions of them and
shares these, `loops` makes it fast: many steps in one call. It imports `records`,
`checkpoint` and what is below them, and knows no Estimator.
"""
