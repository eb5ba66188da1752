"""Opens sessions for `tf.compat.v1.train.MonitoredSession`.

`session_creator` restores (`restoring`) or initializes, `readiness` asks whether all
variables have a value, `session_options` gives a ConfigProto its effect, `memory`
frees the graphs of past sessions. May import `run` and what is below it.
"""
