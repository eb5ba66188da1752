"""Trains on several machines in step: tf.distribute.MultiWorkerMirroredStrategy.

Each process builds the same graph and runs the same steps; TensorFlow's collectives
add up gradients between them. None of them can go on without the others, so what they
do must agree, and the end of one must be the end of all: `joining` waits for the
others, `agreement` compares, `health` watches, `pacing` says how many steps come,
`worker_sessions` opens the session. May import the engine, `records` and what is
below.
"""
