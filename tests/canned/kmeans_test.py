"""Checks the k-means Estimator: what it computes, how it begins and ends."""

import numpy as np
import pytest
import tensorflow as tf

from tests import loss_hook
from tfcompat_estimator.canned import kmeans
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
KMeans = kmeans.KMeansClustering

BATCH = 16
POINTS = np.random.RandomState(0).randn(64, 2).astype(np.float32)
CENTERS = np.array([[1, 0], [-1, 0], [0, 3]], np.float32)


def input_fn(points=POINTS, batch=BATCH, epochs=None):
  def make():
    return (
      tf.data.Dataset.from_tensor_slices(points).repeat(epochs).batch(batch)
    )

  return make


def whole(points=POINTS):
  return lambda: tf.data.Dataset.from_tensors(points).repeat()


def trained(steps, inputs=None, config=None, hooks=None, **kwargs):
  config = config or run_config.RunConfig(
    save_checkpoints_steps=1000, save_summary_steps=None
  )
  estimator = KMeans(config=config, **{'num_clusters': 3, **kwargs})
  estimator.train(inputs or input_fn(), steps=steps, hooks=hooks)
  return estimator


def nearest(points, centers):
  distances = np.square(points[:, None] - centers).sum(-1)
  return distances.argmin(1), distances.min(1)


def sculley(steps, steps_per_iteration):
  """Mini-batch k-means: losses and centers, straight from its description."""
  used, moved = CENTERS.astype(float), CENTERS.astype(float)
  first_count = 1 if steps_per_iteration == 1 else 0
  counts = np.full(len(used), first_count)
  left = steps_per_iteration
  losses = []
  for step in range(steps):
    points = POINTS[step * BATCH % 64 :][:BATCH]
    indices, distances = nearest(points, used)
    losses.append(distances.sum())
    if steps_per_iteration > 1:
      left -= 1
      if left < 0:
        left = steps_per_iteration - 1
        used, counts = moved.copy(), np.zeros_like(counts)
    for center in np.unique(indices):
      mine = points[indices == center]
      counts[center] += len(mine)
      moved[center] += (mine - moved[center]).sum(0) / counts[center]
    if steps_per_iteration == 1:
      used = moved
  return losses, used


@pytest.mark.parametrize('steps_per_iteration', [1, 2, 3])
def test_mini_batch_steps_are_those_of_the_algorithm(steps_per_iteration):
  """Losses and centers of eight steps equal those of a plain computation."""
  hook = loss_hook.Losses()
  estimator = trained(
    8,
    initial_clusters=CENTERS,
    mini_batch_steps_per_iteration=steps_per_iteration,
    hooks=[hook],
  )
  losses, centers = sculley(8, steps_per_iteration)

  np.testing.assert_allclose(hook.values, losses, rtol=1e-5)
  np.testing.assert_allclose(estimator.cluster_centers(), centers, rtol=1e-4)


def test_full_batch_steps_are_lloyd_s():
  """Each step moves the centers to the means of their points."""
  estimator = trained(
    3, whole(), initial_clusters=CENTERS, use_mini_batch=False
  )
  centers = CENTERS.astype(float)
  for _ in range(3):
    indices, _ = nearest(POINTS, centers)
    centers = np.array([POINTS[indices == i].mean(0) for i in range(3)])

  np.testing.assert_allclose(estimator.cluster_centers(), centers, rtol=1e-4)


def test_what_a_model_gives():
  """Score, indices and distances are those of the centers."""
  estimator = trained(2, initial_clusters=CENTERS)
  centers = estimator.cluster_centers()
  indices, distances = nearest(POINTS, centers)

  assert list(estimator.predict_cluster_index(input_fn(epochs=1))) == (
    indices.tolist()
  )
  transformed = np.stack(list(estimator.transform(input_fn(epochs=1))))
  np.testing.assert_allclose(transformed.min(1) ** 2, distances, atol=1e-5)
  assert transformed.shape == (64, 3)
  # Only the first batch counts.
  assert estimator.score(input_fn()) == pytest.approx(
    distances[:BATCH].sum(), rel=1e-5
  )


def test_cosine_distances():
  """They are not squared, and centers lie on the unit circle."""
  estimator = trained(
    2, whole(), distance_metric=KMeans.COSINE_DISTANCE, use_mini_batch=False
  )
  centers = estimator.cluster_centers()
  unit = POINTS / np.linalg.norm(POINTS, axis=1, keepdims=True)

  np.testing.assert_allclose(np.linalg.norm(centers, axis=1), 1, rtol=1e-5)
  transformed = np.stack(list(estimator.transform(input_fn(epochs=1))))
  np.testing.assert_allclose(transformed, 1 - unit @ centers.T, atol=1e-5)


def test_centers_are_collected_from_several_batches():
  """More clusters than a batch has points: all of it, and the next ones."""
  estimator = trained(1, num_clusters=40, seed=1)

  assert estimator.cluster_centers().shape == (40, 2)


@pytest.mark.parametrize(
  'initial_clusters',
  [KMeans.RANDOM_INIT, KMeans.KMEANS_PLUS_PLUS_INIT],
)
@pytest.mark.parametrize('seed', [None, 5])
def test_initial_centers_are_points(initial_clusters, seed):
  """Either way of choosing works with a seed and without one."""
  chosen = Chosen()
  trained(1, initial_clusters=initial_clusters, seed=seed, hooks=[chosen])

  assert len(chosen.centers) == 3
  assert all((center == POINTS).all(1).any() for center in chosen.centers)


class Chosen(v1.train.SessionRunHook):
  """Looks at the centers before the first step."""

  centers = None

  def begin(self):
    self._centers = next(
      v for v in v1.trainable_variables() if v.op.name == 'clusters'
    )

  def before_run(self, run_context):
    if self.centers is None:
      self.centers = run_context.session.run(self._centers)


def test_seeded_centers_are_the_same_again():
  """With the graph's seed, choosing at random can be repeated."""
  config = run_config.RunConfig(tf_random_seed=3, save_checkpoints_steps=1000)
  centers = [trained(1, config=config).cluster_centers() for _ in range(2)]

  np.testing.assert_array_equal(*centers)


def test_a_function_chooses_centers():
  """It gets a list of one batch and how many to choose; it may choose fewer."""
  asked = []

  def choose(inputs, k):
    asked.append((len(inputs), k))
    return inputs[0][: tf.minimum(k, 2)]

  chosen = Chosen()
  trained(1, initial_clusters=choose, hooks=[chosen])

  assert asked[0][0] == 1
  # Two from the first batch, one from the second.
  np.testing.assert_array_equal(chosen.centers, POINTS[[0, 1, BATCH]])


def test_training_stops_at_the_tolerance():
  """The centers have settled long before 100 steps."""
  estimator = trained(
    100,
    whole(),
    initial_clusters=CENTERS,
    use_mini_batch=False,
    relative_tolerance=1e-3,
  )

  assert 2 < estimator.get_variable_value('global_step') < 50


def test_hooks():
  """The chief's hooks are called as in the reference."""
  estimator = KMeans(3, relative_tolerance=0.1)
  with tf.Graph().as_default():
    v1.train.create_global_step()
    spec = estimator.model_fn(
      tf.constant(POINTS), None, 'train', estimator.config
    )

  assert [type(hook).__name__ for hook in spec.training_hooks] == [
    '_InitializeClustersHook',
    '_LossRelativeChangeHook',
  ]


def test_features_without_columns_are_sorted_by_key():
  """A dict becomes one matrix, its keys in order."""

  def inputs():
    return tf.data.Dataset.from_tensors(
      {'b': POINTS[:, :1], 'a': POINTS[:, 1:]}
    )

  estimator = trained(1, inputs, initial_clusters=CENTERS)
  other = trained(1, whole(POINTS[:, ::-1]), initial_clusters=CENTERS)

  np.testing.assert_array_equal(
    estimator.cluster_centers(), other.cluster_centers()
  )


@pytest.mark.parametrize(
  'argument, value, message',
  [
    (
      'initial_clusters',
      'bogus',
      "Unsupported initialization algorithm 'bogus",
    ),
    ('distance_metric', 'bogus', "Unsupported distance metric 'bogus'"),
  ],
)
def test_unknown_names(argument, value, message):
  """Probes 341 and 342: refused by the constructor."""
  with pytest.raises(ValueError, match=message):
    KMeans(3, **{argument: value})


def test_labels_are_refused():
  """Probe 343: there is nothing to do with them."""
  with pytest.raises(ValueError, match='model_fn does not take labels'):
    KMeans(3).train(lambda: (POINTS, POINTS[:, 0]), steps=1)


def test_too_few_points_for_k_means_plus_plus():
  """All of its centers must come from the first batch."""
  with pytest.raises(tf.errors.InvalidArgumentError):
    trained(
      1, num_clusters=40, initial_clusters=KMeans.KMEANS_PLUS_PLUS_INIT, seed=1
    )


def test_an_input_of_one_batch_is_a_step_each_time(model_dir):
  """Choosing the centers does not use up the only batch."""
  points = np.random.RandomState(0).uniform(0, 9, [40, 2]).astype(np.float32)

  def input_fn():
    return tf.data.Dataset.from_tensors(points)

  model = kmeans.KMeansClustering(3, model_dir, use_mini_batch=False)
  scores = []
  for call in range(3):
    model.train(input_fn)
    assert model.get_variable_value('global_step') == call + 1
    scores.append(model.score(input_fn))

  assert scores == sorted(scores, reverse=True)
  chosen = {tuple(point) for point in points}
  assert any(tuple(center) not in chosen for center in model.cluster_centers())


def test_an_input_that_a_hook_feeds(model_dir):
  """Choosing is a step where the input cannot be begun anew; then centers move."""

  class Feed(v1.train.SessionRunHook):
    def after_create_session(self, session, coord):
      session.run(self.start, {self.points: POINTS})

  hook = Feed()

  def input_fn():
    hook.points = v1.placeholder(tf.float32, POINTS.shape)
    dataset = tf.data.Dataset.from_tensors(hook.points)
    iterator = v1.data.make_initializable_iterator(dataset)
    hook.start = iterator.initializer
    return iterator.get_next()

  model = KMeans(3, model_dir, use_mini_batch=False, seed=1)
  model.train(input_fn, hooks=[hook])
  first = model.cluster_centers()
  model.train(input_fn, hooks=[hook])
  indices, _ = nearest(POINTS, first)

  assert model.get_variable_value('global_step') == 2
  means = [POINTS[indices == i].mean(0) for i in range(3)]
  np.testing.assert_allclose(model.cluster_centers(), means, rtol=1e-5)


SIZES = {
  'known': lambda dataset: dataset,
  'endless': lambda dataset: dataset.repeat(),
  'unknown': lambda dataset: dataset.filter(lambda point: True),
}


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('used', [1, 2])
def test_steps_begin_where_choosing_ended(size, used):
  """Batches that centers were chosen from are used up, as in the reference."""

  def choose(inputs, k):
    return inputs[0][: tf.minimum(k, 3 if used == 1 else 2)]

  def inputs():
    return SIZES[size](tf.data.Dataset.from_tensor_slices(POINTS)).batch(BATCH)

  hook = loss_hook.Losses()
  trained(
    2,
    inputs,
    initial_clusters=choose,
    use_mini_batch=False,
    hooks=[hook],
  )
  chosen = POINTS[[0, 1, 2 if used == 1 else BATCH]]
  _, distances = nearest(POINTS[used * BATCH :][:BATCH], chosen)

  assert hook.values[0] == pytest.approx(distances.sum(), rel=1e-5)
