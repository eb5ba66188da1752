"""Holds the hooks that tf.estimator itself owned.

The stock ones (`StopAtStepHook`, `LoggingTensorHook`, ...) are TensorFlow's own
classes under `tf.compat.v1.train`. Those here look at what an estimator has
written so far and stop its training:

    hook = early_stopping.stop_if_no_decrease_hook(
        estimator, 'loss', max_steps_without_decrease=1000)
    tf.estimator.train_and_evaluate(
        estimator, tf.estimator.TrainSpec(input_fn, hooks=[hook]), eval_spec)

May import the engine and `distribution`; knows an estimator by its members only.
"""
