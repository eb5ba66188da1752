"""Trains on several devices or machines, by the engines of tf.distribute.

What a strategy or TF_CONFIG asks for is put into the graph that is built
(replicas, their input and their metrics, the devices of parameter servers) and
into what stands around its session (servers, peers that may die). The session
runs such a graph as any other. May import the engine and all below it; no hooks,
heads or Estimators.
"""
