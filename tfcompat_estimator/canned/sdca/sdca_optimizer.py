"""Describes how to train a linear model by SDCA."""

from tfcompat_estimator.canned.sdca import sdca_examples, sdca_solver


class LinearSDCA:
  """Trains linear models by stochastic dual coordinate ascent.

  It is given as `optimizer` to `LinearClassifier` with two classes and to
  `LinearRegressor` with one-dimensional labels, of either API, though it is no
  optimizer in their sense:

      sdca = tf.estimator.experimental.LinearSDCA(
        example_id_column='example_id', symmetric_l2_regularization=2.0)
      classifier = tf.estimator.LinearClassifier(
        feature_columns=[age, country], optimizer=sdca)
      classifier.train(input_fn, steps=50)

  `input_fn` must give the feature `example_id_column`, string `[batch_size]`:
  a name of each example, the same whenever the example is seen. What is known
  of an example is kept in the checkpoint. There is no learning rate; batches
  may be large. `sparse_combiner` must be 'sum'.

  It minimizes the sum of the weighted losses of all examples seen (half the
  squared error, or the logistic loss) + l1 |w| + l2/2 |w|^2.
  """

  def __init__(
    self,
    example_id_column,
    num_loss_partitions=1,
    num_table_shards=None,
    symmetric_l1_regularization=0.0,
    symmetric_l2_regularization=1.0,
    adaptive=False,
  ):
    """Makes the description; values are checked when training begins.

    Args:
      example_id_column: The key of the names of examples among the features.
      num_loss_partitions: How many train ops run at a time, at least: 1, or the
        number of workers. More make it slower, fewer may make it diverge.
      num_table_shards: Over how many tables what is known of examples is
        spread. Default: 1.
      symmetric_l1_regularization: L1, the factor of the sum of absolute
        weights, 0 or more.
      symmetric_l2_regularization: L2, the factor of half the sum of squared
        weights, above 0, 1 or more as a rule.
      adaptive: Whether examples that matter more are taken more often.
    """
    self._example_id_column = example_id_column
    self._num_loss_partitions = num_loss_partitions
    self._num_table_shards = num_table_shards
    self._symmetric_l1_regularization = symmetric_l1_regularization
    self._symmetric_l2_regularization = symmetric_l2_regularization
    self._adaptive = adaptive

  def get_train_step(
    self,
    state_manager,
    weight_column_name,
    loss_type,
    feature_columns,
    features,
    targets,
    bias_var,
    global_step,
  ):
    """Makes the operation of a training step.

    Args:
      state_manager: Has the variable `weights` of each column.
      weight_column_name: The key of the weights of examples, or a numeric
        column; None: all are 1.
      loss_type: 'logistic_loss' or 'squared_loss'.
      feature_columns: The feature columns of the model.
      features: A dict of names to tensors.
      targets: The labels, a number of each example.
      bias_var: The model's bias, a variable.
      global_step: The variable to advance.

    Returns:
      A pair: an object with a method `update_weights(train_op)`, which makes
      the operation that brings into the model what the step has found; and the
      train op.

    Raises:
      KeyError: The features lack the names or the weights of examples.
      ValueError: A regularization factor is out of its range.
    """
    settings = sdca_solver.Settings(
      loss_type=loss_type,
      l1=self._symmetric_l1_regularization,
      l2=self._symmetric_l2_regularization,
      loss_partitions=self._num_loss_partitions,
      adaptive=self._adaptive,
      table_shards=self._num_table_shards or 1,
    )
    examples = sdca_examples.read(
      features,
      targets,
      self._example_id_column,
      weight_column_name,
      feature_columns,
      state_manager,
      bias_var,
    )
    solver = sdca_solver.Solver(examples, settings)
    return solver, solver.minimize(global_step)
