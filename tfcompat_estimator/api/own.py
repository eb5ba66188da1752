"""Lists the names that this package adds to those of tf.estimator.

They are in `tfcompat_estimator.experimental` only: `tf.estimator` has the names
that it had, so that a program that reads more of it is noticed.
"""

from tfcompat_estimator.api import places

EXPERIMENTAL = {
  **places.as_is('hooks.input_position', 'ResumeInput'),
  **places.as_is('training.best_checkpoints', 'BestCheckpointExporter'),
  **places.as_is('training.evaluate_every', 'EvaluateEvery'),
}
