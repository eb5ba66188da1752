"""Classifies and regresses without looking at features, to compare with."""

import functools
from typing import Any

from tfcompat_estimator.canned import constructors, docs, model_fns
from tfcompat_estimator.canned.networks import families, network
from tfcompat_estimator.estimator import base_estimator

V2 = families.V2

LEARNING_RATE = 0.3


def _model_fn(family: families.Family, head: Any, optimizer: Any) -> Any:
  return model_fns.single(
    family,
    head,
    model_fns.Tower(
      name='baseline',
      network=network.build_baseline,
      optimizer=optimizer,
      learning_rate=LEARNING_RATE,
      is_plain=True,
    ),
  )


_arguments = functools.partial(constructors.construct, _model_fn)
_v1_form = functools.partial(constructors.v1_form, _arguments)


@docs.describe('v2')
class BaselineClassifierV2(base_estimator.EstimatorV2):
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
    super().__init__(**_arguments(V2, 'classifier', locals()))


@docs.describe('v1')
@_v1_form(BaselineClassifierV2, 'classifier')
class BaselineClassifier(base_estimator.Estimator):
  """A classifier that ignores features: it learns how frequent classes are."""


@docs.describe('v2')
class BaselineEstimatorV2(base_estimator.EstimatorV2):
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
    super().__init__(**_arguments(V2, 'estimator', locals()))


@docs.describe('v1')
@_v1_form(BaselineEstimatorV2, 'estimator')
class BaselineEstimator(base_estimator.Estimator):
  """A model that ignores features, with any head."""


@docs.describe('v2')
class BaselineRegressorV2(base_estimator.EstimatorV2):
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
    super().__init__(**_arguments(V2, 'regressor', locals()))


@docs.describe('v1')
@_v1_form(BaselineRegressorV2, 'regressor')
class BaselineRegressor(base_estimator.Estimator):
  """A regressor that ignores features: it learns the mean of labels."""
