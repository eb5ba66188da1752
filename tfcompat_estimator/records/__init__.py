"""Holds the frozen values that a user hands over or gets back, and checks them.

The room knows TensorFlow's types and nothing of how a graph is run:

    spec = estimator_specs.EstimatorSpec(
        mode=modes.ModeKeys.EVAL, loss=loss,
        eval_metric_ops={'accuracy': tf_keras_or_v1_metric})
    config = run_config.RunConfig(model_dir='/tmp/m', tf_random_seed=1)

Every value is checked when it is made, so that the rooms above can trust it.
A message names the argument and the value that it got. `arguments` checks what many
are given, `argument_docs` says once what many are told of. May import
`keras_graph`, `errors` and what is below.
"""
