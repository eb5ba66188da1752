"""Graph passes: each changes the nodes that a session is about to run.

A pass makes a graph cheaper to run, or gives it the meaning that it had in a Session.
It knows nodes and operations, no estimator and no open session. May import `ops`,
`devices` and `_tf`.
"""
