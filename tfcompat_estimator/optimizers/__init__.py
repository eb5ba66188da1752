"""Optimizers in v1 graphs: what users pass, and the operation of one step.

`from_argument` makes an optimizer of a name, an object or a function;
`train_ops` minimizes a loss by it, scaled to the replicas; `keras_optimizers`
does so with Keras' new-style optimizers, which know no graphs. May import
`checkpoint`, `keras_graph` and what is below; no heads.
"""
