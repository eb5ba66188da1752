"""Compares this package with the reference, TF 2.15.1's own Estimator.

A parity test names a program, a plain Python file under `programs/` that says
`import tensorflow as tf` and `tf.estimator...`, and calls a function of it on
both sides, each in a process of its own:

    losses = {side: side.call('custom_model', 'train', model_dir=..., steps=5)
              for side in (ours, reference)}

Arguments and results are JSON values and numpy arrays, nested at will. The
tests carry `@pytest.mark.parity`; `make parity` runs them.
"""
