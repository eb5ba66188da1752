"""Tests the names of settings of k-means."""

from tfcompat_estimator.canned import kmeans
from tfcompat_estimator.migration.tf1 import constants


def test_they_are_those_of_kmeans():
  """By the names that KMeansClustering of tf.estimator has."""
  cls = kmeans.KMeansClustering

  assert constants.SQUARED_EUCLIDEAN_DISTANCE == cls.SQUARED_EUCLIDEAN_DISTANCE
  assert constants.COSINE_DISTANCE == cls.COSINE_DISTANCE
  assert constants.RANDOM_INIT == cls.RANDOM_INIT
  assert constants.KMEANS_PLUS_PLUS_INIT == cls.KMEANS_PLUS_PLUS_INIT
