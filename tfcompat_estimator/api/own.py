"""Lists the names that this package adds to those of tf.estimator.

They are in `tfcompat_estimator.experimental` only: `tf.estimator` has the names
that it had, so that a program that reads more of it is noticed.
"""

_TRAINING = 'tfcompat_estimator.training.'

EXPERIMENTAL = {
  'BestCheckpointExporter': (
    _TRAINING + 'best_checkpoints:BestCheckpointExporter'
  ),
  'EvaluateEvery': _TRAINING + 'evaluate_every:EvaluateEvery',
  'ResumeInput': 'tfcompat_estimator.hooks.input_position:ResumeInput',
}
