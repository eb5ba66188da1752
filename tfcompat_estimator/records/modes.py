"""Names the three modes in which a model function is called."""


class ModeKeys:
  """The values of the `mode` argument of `model_fn` and `input_fn`.

  * `TRAIN`: `'train'`, while `Estimator.train` builds its graph.
  * `EVAL`: `'eval'`, while `Estimator.evaluate` does.
  * `PREDICT`: `'infer'`, for `Estimator.predict` and for serving exports.
  """

  TRAIN = 'train'
  EVAL = 'eval'
  PREDICT = 'infer'
