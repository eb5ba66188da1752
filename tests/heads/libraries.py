"""Offers our heads and a session to the cases."""

import types

import tf_keras

from tests.heads import cases
from tfcompat_estimator.heads import (
  binary_class,
  multi_class,
  multi_head,
  multi_label,
  regression,
  sequential,
  v1_heads,
)
from tfcompat_estimator.session_emulation.run import emulated_session

HEADS = types.SimpleNamespace(
  BinaryClassHead=binary_class.BinaryClassHead,
  MultiClassHead=multi_class.MultiClassHead,
  MultiLabelHead=multi_label.MultiLabelHead,
  RegressionHead=regression.RegressionHead,
  PoissonRegressionHead=regression.PoissonRegressionHead,
  LogisticRegressionHead=regression.LogisticRegressionHead,
  MultiHead=multi_head.MultiHead,
  SequentialHeadWrapper=sequential.SequentialHeadWrapper,
  **{k: v for k, v in vars(v1_heads).items() if '_head' in k},
)
OURS = cases.Library(
  HEADS, tf_keras.optimizers.legacy, emulated_session.EmulatedSession
)
