"""Holds how a TPU would train the embeddings that live on it.

TensorFlow dropped these records of `tf.compat.v1.tpu.experimental` together with
`tf.estimator`. Without a TPU they have no effect on training.
"""

import dataclasses

_record = dataclasses.dataclass(eq=False)


class OptimizationParameters:
  """What all optimizers of embeddings have in common.

  Attributes:
    learning_rate: The learning rate.
    use_gradient_accumulation: Sum up the gradients of a row before they are
      applied, which is exact and slower.
    clip_weight_min: The smallest value of a weight; None: no limit.
    clip_weight_max: The largest one; None: no limit.
    weight_decay_factor: By how much weights decay; None: they do not.
    multiply_weight_decay_factor_by_learning_rate: Whether that is multiplied by
      the learning rate.
    clip_gradient_min: The smallest value of a gradient; None: no limit.
    clip_gradient_max: The largest one; None: no limit.

  Raises:
    ValueError: If a value is out of range, or if gradients are clipped but not
      accumulated.
  """

  use_gradient_accumulation: bool
  clip_gradient_min: float | None
  clip_gradient_max: float | None

  def __post_init__(self) -> None:
    limits = (self.clip_gradient_min, self.clip_gradient_max)
    if limits != (None, None) and not self.use_gradient_accumulation:
      raise ValueError(
        'When using gradient clipping limits, gradient accumulation must be '
        f'enabled. Given: clip_gradient_min and _max {limits}. Set '
        'use_gradient_accumulation=True.'
      )


@_record
class AdagradParameters(OptimizationParameters):
  """Trains embeddings by Adagrad.

  Attributes:
    initial_accumulator: What the accumulators start from, above 0.
    learning_rate: See `OptimizationParameters`, as for the others.
  """

  learning_rate: float
  initial_accumulator: float = 0.1
  use_gradient_accumulation: bool = True
  clip_weight_min: float | None = None
  clip_weight_max: float | None = None
  weight_decay_factor: float | None = None
  multiply_weight_decay_factor_by_learning_rate: bool | None = None
  clip_gradient_min: float | None = None
  clip_gradient_max: float | None = None

  def __post_init__(self) -> None:
    super().__post_init__()
    if self.initial_accumulator <= 0:
      raise ValueError(
        'Adagrad initial_accumulator must be greater than zero. Received: '
        f'{self.initial_accumulator}.'
      )


@_record
class AdamParameters(OptimizationParameters):
  """Trains embeddings by Adam.

  Attributes:
    beta1: The decay of the first moments, at least 0 and below 1.
    beta2: The decay of the second moments, at least 0 and below 1.
    epsilon: A small number above 0 that keeps from dividing by 0.
    lazy_adam: Update only those rows that a batch uses. Without it gradients
      must be accumulated.
    sum_inside_sqrt: Whether epsilon is added before the root is taken.
    learning_rate: See `OptimizationParameters`, as for the others.
  """

  learning_rate: float
  beta1: float = 0.9
  beta2: float = 0.999
  epsilon: float = 1e-08
  lazy_adam: bool = True
  sum_inside_sqrt: bool = True
  use_gradient_accumulation: bool = True
  clip_weight_min: float | None = None
  clip_weight_max: float | None = None
  weight_decay_factor: float | None = None
  multiply_weight_decay_factor_by_learning_rate: bool | None = None
  clip_gradient_min: float | None = None
  clip_gradient_max: float | None = None

  def __post_init__(self) -> None:
    super().__post_init__()
    for name, beta in (('beta1', self.beta1), ('beta2', self.beta2)):
      if not 0.0 <= beta < 1.0:
        raise ValueError(f'{name} must be between 0. and 1; got {beta}.')
    if self.epsilon <= 0.0:
      raise ValueError(f'epsilon must be positive; got {self.epsilon}.')
    if not self.use_gradient_accumulation and not self.lazy_adam:
      raise ValueError(
        'When disabling Lazy Adam (lazy_adam=False), gradient accumulation must '
        'be used: set use_gradient_accumulation=True.'
      )


@_record
class FtrlParameters(OptimizationParameters):
  """Trains embeddings by FTRL.

  Attributes:
    learning_rate_power: How the learning rate falls in training; 0 or less.
    initial_accumulator_value: What the accumulators start from, 0 or more.
    l1_regularization_strength: 0 or more.
    l2_regularization_strength: 0 or more.
    multiply_linear_by_learning_rate: Whether the linear slots are multiplied by
      the learning rate.
    beta: The beta of the FTRL paper.
    allow_zero_accumulator: Whether accumulators may be 0, which is slower.
    learning_rate: See `OptimizationParameters`, as for the others.
  """

  learning_rate: float
  learning_rate_power: float = -0.5
  initial_accumulator_value: float = 0.1
  l1_regularization_strength: float = 0.0
  l2_regularization_strength: float = 0.0
  use_gradient_accumulation: bool = True
  clip_weight_min: float | None = None
  clip_weight_max: float | None = None
  weight_decay_factor: float | None = None
  multiply_weight_decay_factor_by_learning_rate: bool | None = None
  multiply_linear_by_learning_rate: bool = False
  beta: float = 0
  allow_zero_accumulator: bool = False
  clip_gradient_min: float | None = None
  clip_gradient_max: float | None = None
  initial_linear_value = 0.0  # no field

  def __post_init__(self) -> None:
    super().__post_init__()
    if self.learning_rate_power > 0.0:
      raise ValueError(
        'learning_rate_power must be less than or equal to 0. got '
        f'{self.learning_rate_power}.'
      )
    for name in (
      'initial_accumulator_value',
      'l1_regularization_strength',
      'l2_regularization_strength',
    ):
      value = getattr(self, name)
      if value < 0.0:
        raise ValueError(
          f'{name} must be greater than or equal to 0. got {value}.'
        )


@_record
class StochasticGradientDescentParameters(OptimizationParameters):
  """Trains embeddings by gradient descent.

  Attributes:
    learning_rate: See `OptimizationParameters`, as for the others.
  """

  learning_rate: float
  use_gradient_accumulation: bool = True
  clip_weight_min: float | None = None
  clip_weight_max: float | None = None
  weight_decay_factor: float | None = None
  multiply_weight_decay_factor_by_learning_rate: bool | None = None
  clip_gradient_min: float | None = None
  clip_gradient_max: float | None = None
