"""Clusters points around centers: the k-means Estimator."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.canned.networks import clustering
from tfcompat_estimator.distribution import strategies
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import arguments, estimator_specs

v1 = tf.compat.v1
_ops = _tf.clustering_ops

# How often a worker looks whether the chief has chosen the centers.
_WAIT_SECS = 1


# Old module paths serve both hooks under these names.
class _InitializeClustersHook(v1.train.SessionRunHook):
  """Has the initial centers chosen before the first step.

  The chief runs the op as often as it takes, a batch each time; workers wait.
  Training goes on with the next batch; if there is none, the input starts anew. Where
  that needs what a hook of the program feeds, choosing counts as a step, so that the
  centers are saved and the next training goes on from them.
  """

  def __init__(
    self, init_op: Any, is_initialized_var: tf.Variable, is_chief: bool
  ) -> None:
    self._init_op = init_op
    self._is_initialized = is_initialized_var
    self._is_chief = is_chief

  def begin(self) -> None:
    """Finds the dataset that the op reads, and what starts it."""
    self._next = [
      op for op in _needed_by(self._init_op.op) if op.type == 'IteratorGetNext'
    ]
    iterators = [op.inputs[0] for op in self._next]
    self._start = [
      op
      for op in v1.get_default_graph().get_operations()
      if op.type == 'MakeIterator' and any(op.inputs[1] is i for i in iterators)
    ]
    self._is_fed = any(
      needed.type.startswith('Placeholder')
      for op in self._start
      for needed in _needed_by(op)
    )
    if self._is_fed:
      self._count = v1.assign_add(v1.train.get_global_step(), 1)
      return
    self._sizes = [
      tf.raw_ops.DatasetCardinality(input_dataset=op.inputs[0])
      for op in self._start
    ]

  def after_create_session(self, session: Any, coord: Any) -> None:
    """Runs the op or waits, until the centers are there."""
    del coord
    batches = 0
    while not session.run(self._is_initialized):
      if self._is_chief:
        session.run(self._init_op)
        batches += 1
      else:
        time.sleep(_WAIT_SECS)
    if batches and self._is_fed:
      session.run(self._count)
    elif batches and self._start:
      self._go_on_after(session, batches)

  def _go_on_after(self, session: Any, batches: int) -> None:
    (size,) = session.run(self._sizes)
    if size == tf.data.UNKNOWN_CARDINALITY:
      skip = batches
      try:
        session.run(self._next)
      except tf.errors.OutOfRangeError:
        skip = 0
      session.run(self._start)
      for _ in range(skip):
        session.run(self._next)
    elif 0 <= size <= batches:
      session.run(self._start)


def _needed_by(op: tf.Operation) -> set[tf.Operation]:
  """An operation and all that it needs."""
  seen, waiting = {op}, [op]
  while waiting:
    one = waiting.pop()
    needed = {*(tensor.op for tensor in one.inputs), *one.control_inputs} - seen
    seen |= needed
    waiting.extend(needed)
  return seen


class _LossRelativeChangeHook(v1.train.SessionRunHook):
  """Stops when the loss changes by less than a fraction of 1 + the last one."""

  def __init__(self, loss_tensor: tf.Tensor, tolerance: float) -> None:
    self._loss = loss_tensor
    self._tolerance = tolerance
    self._last: float | None = None

  def before_run(self, run_context: Any) -> v1.train.SessionRunArgs:
    """Asks for the loss."""
    del run_context
    return v1.train.SessionRunArgs(self._loss)

  def after_run(self, run_context: Any, run_values: Any) -> None:
    """Compares it with that of the step before."""
    last, self._last = self._last, run_values.results
    if last:
      change = abs(self._last - last) / (1 + abs(last))
      if change < self._tolerance:
        run_context.request_stop()


class KMeansClustering(base_estimator.Estimator):
  """An Estimator that clusters points by k-means.

  `input_fn` returns features only: a float tensor `[n, dimensions]`, or a dict
  of `[n, k]` tensors, whose columns are put side by side (those that
  `feature_columns` make, or all of them in the order of their keys).

      def input_fn():
        return tf.data.Dataset.from_tensors(points)  # float32 [n, 2]

      kmeans = tf.compat.v1.estimator.experimental.KMeans(
        num_clusters=5, use_mini_batch=False)
      kmeans.train(input_fn)  # one iteration over all points
      centers = kmeans.cluster_centers()  # float32 [5, 2]
      indices = list(kmeans.predict_cluster_index(input_fn))

  The loss is the sum of the distances between points and their centers.
  `predict` gives `all_distances` (float `[num_clusters]` each) and
  `cluster_index` (int64); these are the signatures of an export as well, the
  second one by default.

  In full batch mode each step is an iteration of Lloyd's algorithm over a batch
  that must hold all points. In mini-batch mode each step moves the centers
  towards the points of its batch, so that each is the mean of all points that
  it was given; with `mini_batch_steps_per_iteration` over 1, points are given
  to centers that stay in place for so many steps while a copy moves. Results
  are deterministic: the reference's mini-batch steps are not.

  Attributes:
    SQUARED_EUCLIDEAN_DISTANCE: A value of `distance_metric`, the default.
    COSINE_DISTANCE: A value of `distance_metric`: 1 - the cosine of the angle.
    RANDOM_INIT: A value of `initial_clusters`, the default: points by chance.
    KMEANS_PLUS_PLUS_INIT: A value of `initial_clusters`: points that are far
      from each other, by k-means++.
    SCORE: The metric of `evaluate` beside the loss: its mean over batches.
    CLUSTER_INDEX: The key of a prediction and of a signature.
    ALL_DISTANCES: The key of a prediction and of a signature.
    CLUSTER_CENTERS_VAR_NAME: The name of the variable of the centers.
  """

  SQUARED_EUCLIDEAN_DISTANCE = _ops.SQUARED_EUCLIDEAN_DISTANCE
  COSINE_DISTANCE = _ops.COSINE_DISTANCE
  RANDOM_INIT = _ops.RANDOM_INIT
  KMEANS_PLUS_PLUS_INIT = _ops.KMEANS_PLUS_PLUS_INIT
  SCORE = 'score'
  CLUSTER_INDEX = 'cluster_index'
  ALL_DISTANCES = 'all_distances'
  CLUSTER_CENTERS_VAR_NAME = _ops.CLUSTERS_VAR_NAME

  def __init__(
    self,
    num_clusters,
    model_dir=None,
    initial_clusters=RANDOM_INIT,
    distance_metric=SQUARED_EUCLIDEAN_DISTANCE,
    seed=None,
    use_mini_batch=True,
    mini_batch_steps_per_iteration=1,
    kmeans_plus_plus_num_retries=2,
    relative_tolerance=None,
    config=None,
    feature_columns=None,
  ):
    """Makes the estimator.

    Args:
      num_clusters: The number of clusters, an int or an integer tensor; not
        used if `initial_clusters` holds the centers.
      model_dir: See `Estimator`.
      initial_clusters: How centers are chosen: `RANDOM_INIT`, points at random
        from a batch (all of it and more batches, if it is smaller than
        `num_clusters`); `KMEANS_PLUS_PLUS_INIT`, by k-means++ from the first
        batch, which must be large enough; a function (inputs, k) that is
        called in the graph with a list of one batch and returns up to k
        centers, again for later batches until there are enough; or the centers
        themselves, an array `[num_clusters, dimensions]`.
      distance_metric: `SQUARED_EUCLIDEAN_DISTANCE`, or `COSINE_DISTANCE`:
        1 - (u . v) / (|u| |v|).
      seed: An int: makes the choice of centers repeatable.
      use_mini_batch: Whether a step sees a part of the points, or all.
      mini_batch_steps_per_iteration: In mini-batch mode, after how many steps
        the moved centers come into use.
      kmeans_plus_plus_num_retries: How many more candidates k-means++ draws for
        each center to choose the best; if negative, O(log(num_clusters)).
      relative_tolerance: Training stops when the loss changes from one step to
        the next by less than this part of 1 + its value; None: it does not.
      config: See `Estimator`.
      feature_columns: The feature columns that make points of the features;
        None: all features are the points.

    Raises:
      ValueError: `initial_clusters` or `distance_metric` is unknown.
    """
    if isinstance(initial_clusters, str) and initial_clusters not in (
      self.RANDOM_INIT,
      self.KMEANS_PLUS_PLUS_INIT,
    ):
      raise ValueError(
        f"Unsupported initialization algorithm '{initial_clusters}'. Give "
        "`initial_clusters` 'random', 'kmeans_plus_plus', centers or a "
        'function.'
      )
    if distance_metric not in (
      self.SQUARED_EUCLIDEAN_DISTANCE,
      self.COSINE_DISTANCE,
    ):
      raise ValueError(
        f"Unsupported distance metric '{distance_metric}'. Give "
        "`distance_metric` 'squared_euclidean' or 'cosine'."
      )
    self._distance_metric = distance_metric
    if not tf.is_tensor(num_clusters):
      num_clusters = arguments.size('num_clusters', num_clusters)

    def model_fn(features: Any, mode: str, config: Any) -> Any:
      """Builds the graph of k-means; there are no labels."""
      strategies.refuse_replicas('KMeansClustering')
      model = clustering.build(
        points(features, feature_columns),
        seed=seed,
        num_clusters=num_clusters,
        initial_clusters=initial_clusters,
        distance_metric=distance_metric,
        use_mini_batch=use_mini_batch,
        mini_batch_steps_per_iteration=mini_batch_steps_per_iteration,
        kmeans_plus_plus_num_retries=kmeans_plus_plus_num_retries,
      )
      return _spec(model, mode, config.is_chief, relative_tolerance)

    super().__init__(model_fn=model_fn, model_dir=model_dir, config=config)

  def predict_cluster_index(self, input_fn):
    """Yields the index of the center nearest to each point, an int64.

    Args:
      input_fn: The points. See `Estimator.predict`.
    """
    yield from self._predict_key(input_fn, self.CLUSTER_INDEX)

  def score(self, input_fn):
    """Returns the sum of distances of points to their centers, a float32.

    Euclidean distances are squared. (scikit-learn's score is its negative.)

    Args:
      input_fn: The points; only the first batch is used.
    """
    return self.evaluate(input_fn=input_fn, steps=1)[self.SCORE]

  def transform(self, input_fn):
    """Yields the distances of each point to all centers.

    Euclidean ones are not squared here.

    Args:
      input_fn: The points. See `Estimator.predict`.

    Yields:
      float32 arrays `[num_clusters]`.
    """
    squared = self._distance_metric == self.SQUARED_EUCLIDEAN_DISTANCE
    for distances in self._predict_key(input_fn, self.ALL_DISTANCES):
      yield np.sqrt(distances) if squared else distances

  def cluster_centers(self):
    """Returns the centers, float32 `[num_clusters, dimensions]`.

    Raises:
      ValueError: There is no checkpoint yet.
    """
    return self.get_variable_value(self.CLUSTER_CENTERS_VAR_NAME)

  def _predict_key(self, input_fn: Any, key: str) -> Iterator[Any]:
    for prediction in self.predict(input_fn, predict_keys=[key]):
      yield prediction[key]


def points(features: Any, feature_columns: Any) -> Any:
  """The points `[n, dimensions]` of one batch of features."""
  if not isinstance(features, dict):
    return features
  if feature_columns:
    return v1.feature_column.input_layer(features, feature_columns)
  return tf.concat([features[key] for key in sorted(features)], axis=1)


def _spec(
  model: clustering.Clustering,
  mode: str,
  is_chief: bool,
  relative_tolerance: float | None,
) -> estimator_specs.EstimatorSpec:
  """The spec of any mode; all of them have the same variables."""
  loss = tf.reduce_sum(model.distances)
  v1.summary.scalar('loss/raw', loss)
  step = v1.assign_add(v1.train.get_global_step(), 1)
  hooks = [
    _InitializeClustersHook(model.init_op, model.is_initialized, is_chief)
  ]
  if relative_tolerance is not None:
    hooks.append(_LossRelativeChangeHook(loss, relative_tolerance))
  predictions = {
    KMeansClustering.ALL_DISTANCES: model.all_distances,
    KMeansClustering.CLUSTER_INDEX: model.cluster_index,
  }
  default = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
  outputs = {**predictions, default: model.cluster_index}
  return estimator_specs.EstimatorSpec(
    mode=mode,
    predictions=predictions,
    loss=loss,
    train_op=tf.group(model.train_op, step),
    eval_metric_ops={KMeansClustering.SCORE: v1.metrics.mean(loss)},
    training_hooks=hooks,
    export_outputs={
      key: estimator_specs.PredictOutput(value)
      for key, value in outputs.items()
    },
  )
