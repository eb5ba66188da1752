"""Builds the graph of k-means: TensorFlow's own, with its races removed."""

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator import _tf

v1 = tf.compat.v1


class Clustering(NamedTuple):
  """Tensors and operations of k-means over one batch of n points.

  Attributes:
    all_distances: float `[n, num_clusters]`, from each point to each center:
      squared Euclidean, or cosine.
    cluster_index: int64 `[n]`, the center nearest to each point.
    distances: float `[n]`, the distance to that center.
    is_initialized: A bool variable: all initial centers are chosen.
    init_op: Chooses centers from the batch; is run until `is_initialized`.
    train_op: Runs one step; returns an operation or a tensor.
  """

  all_distances: tf.Tensor
  cluster_index: tf.Tensor
  distances: tf.Tensor
  is_initialized: tf.Variable
  init_op: Any
  train_op: Any


def build(
  points: tf.Tensor, seed: int | None, initial_clusters: Any, **options: Any
) -> Clustering:
  """Builds k-means over a batch of points `[n, dimensions]`.

  Args:
    points: The batch.
    seed: Makes the choice of initial centers repeatable.
    initial_clusters: See `KMeansClustering`.
    **options: The other arguments of `clustering_ops.KMeans`.
  """
  graph = _OrderedKMeans(
    points, initial_clusters=initial_clusters, random_seed=seed, **options
  )
  all_distances, cluster_index, distances, *rest = graph.training_graph()
  # The stock graph takes a list of batches, and gives one.
  return Clustering(all_distances[0], cluster_index[0], distances[0], *rest)


class _OrderedKMeans(_tf.clustering_ops.KMeans):
  """k-means whose mini-batch steps give the same result each time.

  The graph of TensorFlow (1.x to 2.21) leaves two orders open: whether a step's
  points are assigned before or after the centers of the last iteration come
  into use, and whether the old counts are read before or after the new points
  are added to them.
  """

  def __init__(self, *arguments: Any, **options: Any) -> None:
    super().__init__(*arguments, **options)
    if self._seed is None:  # type: ignore[has-type]
      # The op of k-means++ takes nothing but a number.
      self._seed = random.randrange(2**31)

  def _mini_batch_sync_updates_op(self, *variables: Any) -> Any:
    """Brings updated centers into use, after this step used the old ones."""
    with tf.control_dependencies(self._assignment):
      return super()._mini_batch_sync_updates_op(*variables)

  def _infer_graph(self, *arguments: Any) -> Any:
    scores, distances, indices = super()._infer_graph(*arguments)
    self._assignment = [*distances, *indices]
    return scores, distances, indices

  def _mini_batch_training_op(
    self,
    inputs: Sequence[tf.Tensor],
    cluster_idx_list: Sequence[tf.Tensor],
    cluster_centers: tf.Variable,
    total_counts: tf.Variable,
  ) -> tf.Operation:
    """Moves each center to the mean of all points it was ever given.

    A center x that stands for n points and is given d_1 to d_k becomes
    x + (sum(d_i) - k x) / (n + k) (D. Sculley, Web-Scale K-Means Clustering).
    """
    (points,) = inputs
    (nearest,) = cluster_idx_list
    clusters, positions = tf.unique(tf.reshape(nearest, [-1]))
    size = tf.size(clusters)
    old_counts = tf.gather(total_counts, clusters)
    old_centers = tf.gather(cluster_centers, clusters)
    added = tf.math.unsorted_segment_sum(
      tf.ones_like(positions, total_counts.dtype), positions, size
    )
    sums = tf.math.unsorted_segment_sum(points, positions, size)
    column = tf.expand_dims(tf.cast(added, points.dtype), 1)
    counts = tf.expand_dims(tf.cast(old_counts + added, points.dtype), 1)
    moves = (sums - column * old_centers) * tf.math.reciprocal(counts)
    with tf.control_dependencies([moves]):
      return tf.group(
        v1.scatter_add(total_counts, clusters, added),
        v1.scatter_add(cluster_centers, clusters, moves),
      )
