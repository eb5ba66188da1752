"""Lists what differs between the canned Estimators of the two APIs."""

import dataclasses
from collections.abc import Callable
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.canned.networks import column_variables
from tfcompat_estimator.heads import (
  binary_class,
  label_checks,
  multi_class,
  regression,
  v1_heads,
)
from tfcompat_estimator.optimizers import from_argument

v1 = tf.compat.v1


@dataclasses.dataclass(frozen=True)
class Family:
  """One of the APIs, as a row of choices.

  Attributes:
    name: 'v1' or 'v2'.
    loss_reduction: The default of classifiers and regressors.
    binary_class_head: Makes a head of (weight_column, label_vocabulary,
      loss_reduction), all by name.
    multi_class_head: The same, and n_classes.
    regression_head: Makes a head of (label_dimension, weight_column,
      loss_reduction).
    resolve_optimizer: Makes an optimizer of what the user gave, and of the
      learning rate for one given by name.
    optimizers_take_variables: Optimizers are told which variables to update.
      Otherwise they find them in a collection.
    dnn_learning_rate: That of the deep network's optimizer, when it is given by
      name. None: Keras' own.
    check_columns: Checks feature columns in the constructor.
    partitions_variables: Variables are partitioned, even into one part.
    head_in_network_scope: The head of a single network is in its scope.
    columns_have_two_name_scopes: A dense column's operations are under a second
      scope of its name, `x_1`; the first is that of its variables.
    dnn_tags_have_scope: Tags of the deep network's layers contain its variable
      scope, on top of the name scope that all tags contain.
    linear_has_name_scope: The linear model's operations, and the tags of its
      summaries, are in a name scope as well, not only its variables.
    linear_op_scope: The scope of the linear model's operations, within its name
      scope if it has one.
    sdca_repeats_scope: Variables that SDCA trains for a public head are called
      `linear/linear/...`: the reference's checkpoints have these names.
    shared_embeddings_at_top: Variables of `tf.feature_column.shared_embeddings`
      are outside of the network's scopes.
  """

  name: str
  loss_reduction: str
  binary_class_head: Callable[..., Any]
  multi_class_head: Callable[..., Any]
  regression_head: Callable[..., Any]
  resolve_optimizer: Callable[[Any, float | None], Any]
  optimizers_take_variables: bool
  dnn_learning_rate: float | None
  check_columns: Callable[[Any], Any]
  partitions_variables: bool
  head_in_network_scope: bool
  columns_have_two_name_scopes: bool
  dnn_tags_have_scope: bool
  linear_has_name_scope: bool
  linear_op_scope: str
  sdca_repeats_scope: bool
  shared_embeddings_at_top: bool

  def classifier_head(
    self,
    n_classes: Any,
    weight_column: Any,
    label_vocabulary: Any,
    loss_reduction: str,
  ) -> Any:
    """The head of a classifier.

    Raises:
      ValueError: If `n_classes` is no integer above 1, or another argument does
        not fit it.
    """
    if n_classes is None:
      raise ValueError('n_classes cannot be None. Give the number of classes.')
    settings = {
      'weight_column': weight_column,
      'label_vocabulary': label_vocabulary,
      'loss_reduction': loss_reduction,
    }
    if label_checks.known(n_classes) == 2:
      return self.binary_class_head(**settings)
    return self.multi_class_head(n_classes=n_classes, **settings)


V2 = Family(
  name='v2',
  loss_reduction=tf_keras.losses.Reduction.SUM_OVER_BATCH_SIZE,
  binary_class_head=binary_class.BinaryClassHead,
  multi_class_head=multi_class.MultiClassHead,
  regression_head=regression.RegressionHead,
  resolve_optimizer=from_argument.resolve_v2,
  optimizers_take_variables=True,
  dnn_learning_rate=None,
  check_columns=column_variables.check_v2,
  partitions_variables=False,
  head_in_network_scope=False,
  columns_have_two_name_scopes=True,
  dnn_tags_have_scope=False,
  linear_has_name_scope=False,
  linear_op_scope='linear/linear_model/linear/linear_model/linear/linear_model',
  sdca_repeats_scope=False,
  shared_embeddings_at_top=True,
)

V1 = Family(
  name='v1',
  loss_reduction=v1.losses.Reduction.SUM,
  binary_class_head=(
    v1_heads.binary_logistic_head_with_sigmoid_cross_entropy_loss
  ),
  multi_class_head=v1_heads.multi_class_head_with_softmax_cross_entropy_loss,
  regression_head=v1_heads.regression_head,
  resolve_optimizer=from_argument.resolve_v1,
  optimizers_take_variables=False,
  dnn_learning_rate=0.05,
  check_columns=column_variables.as_list,
  partitions_variables=True,
  head_in_network_scope=True,
  columns_have_two_name_scopes=False,
  dnn_tags_have_scope=True,
  linear_has_name_scope=True,
  linear_op_scope='linear_model/linear_model/linear_model',
  sdca_repeats_scope=True,
  shared_embeddings_at_top=False,
)
