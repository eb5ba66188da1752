"""Checks the records of how a TPU would train embeddings."""

import inspect

import pytest
import tensorflow as tf

from tfcompat_estimator.tpu import embedding
from tfcompat_estimator.tpu import optimization_parameters as parameters

KINDS = (
  parameters.AdagradParameters,
  parameters.AdamParameters,
  parameters.FtrlParameters,
  parameters.StochasticGradientDescentParameters,
)
# As TensorFlow 2.15.1 has them.
SIGNATURES = (
  'learning_rate initial_accumulator=0.1',
  (
    'learning_rate beta1=0.9 beta2=0.999 epsilon=1e-08 lazy_adam=True '
    'sum_inside_sqrt=True'
  ),
  (
    'learning_rate learning_rate_power=-0.5 initial_accumulator_value=0.1 '
    'l1_regularization_strength=0.0 l2_regularization_strength=0.0'
  ),
  'learning_rate',
)
COMMON = (
  ' use_gradient_accumulation=True clip_weight_min=None clip_weight_max=None '
  'weight_decay_factor=None multiply_weight_decay_factor_by_learning_rate=None '
)
FTRL_ALONE = (
  'multiply_linear_by_learning_rate=False beta=0 allow_zero_accumulator=False '
)
CLIPS = 'clip_gradient_min=None clip_gradient_max=None'


@pytest.mark.parametrize('kind, own', zip(KINDS, SIGNATURES, strict=True))
def test_arguments(kind, own):
  """Their order and defaults are those of TensorFlow 2.15.1."""
  alone = FTRL_ALONE if kind is parameters.FtrlParameters else ''

  given = [
    p.name if p.default is p.empty else f'{p.name}={p.default}'
    for p in inspect.signature(kind).parameters.values()
  ]

  assert ' '.join(given) == own + COMMON + alone + CLIPS
  made = kind(0.5)
  assert made.learning_rate == 0.5
  assert made != kind(0.5)  # no value, an object: it may be a key
  assert {made: 1}[made] == 1


BAD = [
  *[
    (k, {'clip_gradient_max': 1.0, 'use_gradient_accumulation': False}, 'clip')
    for k in KINDS
  ],
  (KINDS[0], {'initial_accumulator': 0.0}, 'initial_accumulator'),
  (KINDS[1], {'beta1': 1.0}, 'beta1'),
  (KINDS[1], {'beta2': -0.1}, 'beta2'),
  (KINDS[1], {'epsilon': 0.0}, 'epsilon'),
  (
    KINDS[1],
    {'lazy_adam': False, 'use_gradient_accumulation': False},
    'gradient accumulation',
  ),
  (KINDS[2], {'learning_rate_power': 0.1}, 'learning_rate_power'),
  (KINDS[2], {'initial_accumulator_value': -1.0}, 'initial_accumulator_value'),
  (KINDS[2], {'l1_regularization_strength': -1.0}, 'l1_regularization'),
  (KINDS[2], {'l2_regularization_strength': -1.0}, 'l2_regularization'),
]


@pytest.mark.parametrize('kind, arguments, named', BAD)
def test_bad_arguments(kind, arguments, named):
  """What TensorFlow 2.15.1 refused is refused, by name."""
  with pytest.raises(ValueError, match=named):
    kind(0.1, **arguments)


@pytest.mark.parametrize('kind', KINDS)
def test_in_an_embedding_config(kind):
  """An EmbeddingConfigSpec takes each of them."""
  column = tf.compat.v1.tpu.experimental.embedding_column(
    tf.feature_column.categorical_column_with_identity('a', 3), 2
  )

  spec = embedding.EmbeddingConfigSpec(
    [column], optimization_parameters=kind(0.1)
  )

  assert isinstance(spec.optimization_parameters, kind)
