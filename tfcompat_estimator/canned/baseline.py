"""Classifies and regresses without looking at features, to compare with."""

from typing import Any

from tfcompat_estimator.canned import constructors, docs, model_fns
from tfcompat_estimator.canned import family as families
from tfcompat_estimator.canned.networks import baseline
from tfcompat_estimator.estimator import estimator

V1 = families.V1
V2 = families.V2

LEARNING_RATE = 0.3


def _model_fn(family: families.Family, head: Any, optimizer: Any) -> Any:
  return model_fns.single(
    family,
    head,
    model_fns.Tower(
      name='baseline',
      build=baseline.build,
      optimizer=optimizer,
      learning_rate=LEARNING_RATE,
      is_partitioned=False,
      holds_head=False,
      hides_optimizer=True,
    ),
  )


@docs.describe('v2')
class BaselineClassifierV2(estimator.EstimatorV2):
  """A classifier that ignores features: it learns how frequent classes are.

  What other models should at least achieve.

      estimator = tf.estimator.BaselineClassifier(n_classes=3)
      estimator.train(input_fn)

  `input_fn` gives features as a dict, of any kind, and labels
  `[batch_size, 1]`.
  """

  def __init__(
    self,
    model_dir=None,
    n_classes=2,
    weight_column=None,
    label_vocabulary=None,
    optimizer='Ftrl',
    config=None,
    loss_reduction=V2.loss_reduction,
  ):
    super().__init__(
      **constructors.construct(V2, 'classifier', _model_fn, locals())
    )


@docs.describe('v1')
class BaselineClassifier(estimator.Estimator):
  """A classifier that ignores features: it learns how frequent classes are."""

  def __init__(
    self,
    model_dir=None,
    n_classes=2,
    weight_column=None,
    label_vocabulary=None,
    optimizer='Ftrl',
    config=None,
    loss_reduction=V1.loss_reduction,
  ):
    super().__init__(
      **constructors.construct(V1, 'classifier', _model_fn, locals())
    )


@docs.describe('v2')
class BaselineEstimatorV2(estimator.EstimatorV2):
  """A model that ignores features, with any head.

  `head` says what the logits predict:

      estimator = tf.estimator.BaselineEstimator(
        head=tf.estimator.MultiLabelHead(n_classes=3))
  """

  def __init__(
    self,
    head,
    model_dir=None,
    optimizer='Ftrl',
    config=None,
  ):
    super().__init__(
      **constructors.construct(V2, 'estimator', _model_fn, locals())
    )


@docs.describe('v1')
class BaselineEstimator(estimator.Estimator):
  """A model that ignores features, with any head."""

  def __init__(
    self,
    head,
    model_dir=None,
    optimizer='Ftrl',
    config=None,
  ):
    super().__init__(
      **constructors.construct(V1, 'estimator', _model_fn, locals())
    )


@docs.describe('v2')
class BaselineRegressorV2(estimator.EstimatorV2):
  """A regressor that ignores features: it learns the mean of labels.

  What other models should at least achieve.

      estimator = tf.estimator.BaselineRegressor()
      estimator.train(input_fn)

  Labels are numbers `[batch_size, label_dimension]`.
  """

  def __init__(
    self,
    model_dir=None,
    label_dimension=1,
    weight_column=None,
    optimizer='Ftrl',
    config=None,
    loss_reduction=V2.loss_reduction,
  ):
    super().__init__(
      **constructors.construct(V2, 'regressor', _model_fn, locals())
    )


@docs.describe('v1')
class BaselineRegressor(estimator.Estimator):
  """A regressor that ignores features: it learns the mean of labels."""

  def __init__(
    self,
    model_dir=None,
    label_dimension=1,
    weight_column=None,
    optimizer='Ftrl',
    config=None,
    loss_reduction=V1.loss_reduction,
  ):
    super().__init__(
      **constructors.construct(V1, 'regressor', _model_fn, locals())
    )
