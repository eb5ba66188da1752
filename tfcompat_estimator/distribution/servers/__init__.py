"""Trains with parameter servers: each task on its own, on shared variables.

`placement` says which operations stand on the servers, `connection` reaches them,
`handshake` is what the chief tells the workers, `server_sessions` has the sessions of
either, `serve` is what a server does; `coalesced_sends` is the graph pass of such a
cluster. Workers know the servers and themselves only: none waits for, or falls with,
another. May import the engine, `records` and what is below.
"""
