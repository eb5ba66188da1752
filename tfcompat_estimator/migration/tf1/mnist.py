"""Reads MNIST from its four files, as the tutorials of TensorFlow 1 did.

`tensorflow.examples.tutorials.mnist.input_data`, and
`tf.contrib.learn.datasets.mnist`.
"""

import gzip
import math
import os
import urllib.request
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import csv_files

Datasets = csv_files.Datasets

DEFAULT_SOURCE_URL = 'https://storage.googleapis.com/cvdf-datasets/mnist/'
_FILES = {
  'train_images': 'train-images-idx3-ubyte.gz',
  'train_labels': 'train-labels-idx1-ubyte.gz',
  'test_images': 't10k-images-idx3-ubyte.gz',
  'test_labels': 't10k-labels-idx1-ubyte.gz',
}
# What the files of images and of labels begin with.
_IMAGES, _LABELS = 2051, 2049


def dense_to_one_hot(labels_dense: np.ndarray, num_classes: int) -> np.ndarray:
  """Rows of 0, with a 1 at each label."""
  return np.eye(num_classes)[labels_dense.ravel()]


def _read(path: str, kind: int) -> np.ndarray:
  """The numbers of one file, in their shape."""
  with tf.io.gfile.GFile(path, 'rb') as file:
    content = gzip.decompress(file.read())
  head = np.frombuffer(content, '>u4', 1)[0]
  if head != kind:
    raise ValueError(
      f'Invalid magic number {head} in MNIST file: {path}. Download it again.'
    )
  shape = np.frombuffer(content, '>u4', 3 if kind == _IMAGES else 1, 4)
  values = np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape))
  return values.reshape([int(size) for size in shape])


def _path(folder: str, name: str, source_url: str) -> str:
  """The path of a file, which is downloaded if it is not there."""
  path = os.path.join(folder, name)
  if not tf.io.gfile.exists(path):
    tf.io.gfile.makedirs(folder)
    try:
      with urllib.request.urlopen(source_url + name) as answer:  # noqa: S310  # the caller's own URL
        content = answer.read()
    except OSError as error:
      raise FileNotFoundError(
        f'There is no {path}, and {source_url}{name} cannot be read ({error}). '
        'Put the four files of MNIST there.'
      ) from error
    with tf.io.gfile.GFile(path, 'wb') as file:
      file.write(content)
  return path


class DataSet:
  """Images and labels, given out in batches.

  Attributes:
    images: Float32 in [0, 1] (batch, 784), or uint8.
    labels: Uint8 classes, or rows of one 1.
  """

  def __init__(
    self,
    images: np.ndarray,
    labels: np.ndarray,
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: Any = tf.float32,
    reshape: bool = True,
    seed: int | None = None,
  ):
    dtype = tf.as_dtype(dtype).base_dtype
    if dtype not in (tf.uint8, tf.float32):
      raise TypeError(
        f'Invalid image dtype {dtype!r}, expected uint8 or float32'
      )
    # The order of the reference is that of NumPy's own generator.
    np.random.seed(seed)
    if fake_data:
      images = np.ones((10000, 28, 28, 1), np.uint8)
      labels = np.zeros(10000, np.uint8)
      if one_hot:
        labels = dense_to_one_hot(labels, 10)
    if reshape and images.ndim > 2:
      images = images.reshape(len(images), math.prod(images.shape[1:]))
    if dtype == tf.float32 and images.dtype == np.uint8:
      images = np.multiply(images.astype(np.float32), 1.0 / 255.0)
    self.images, self.labels = images, labels
    self.num_examples = len(images)
    self.epochs_completed = 0
    self._index_in_epoch = 0

  def next_batch(
    self, batch_size: int, fake_data: bool = False, shuffle: bool = True
  ) -> tuple[np.ndarray, np.ndarray]:
    """The next images and labels; at the end of an epoch the order is new."""
    start = self._index_in_epoch
    if self.epochs_completed == 0 and start == 0 and shuffle:
      self._shuffle()
    if start + batch_size <= self.num_examples:
      self._index_in_epoch += batch_size
      stop = self._index_in_epoch
      return self.images[start:stop], self.labels[start:stop]
    self.epochs_completed += 1
    rest = self.images[start:], self.labels[start:]
    if shuffle:
      self._shuffle()
    self._index_in_epoch = stop = batch_size - (self.num_examples - start)
    return (
      np.concatenate((rest[0], self.images[:stop])),
      np.concatenate((rest[1], self.labels[:stop])),
    )

  def _shuffle(self) -> None:
    order = np.arange(self.num_examples)
    np.random.shuffle(order)  # as the reference orders them
    self.images, self.labels = self.images[order], self.labels[order]


def read_data_sets(
  train_dir: str,
  fake_data: bool = False,
  one_hot: bool = False,
  dtype: Any = tf.float32,
  reshape: bool = True,
  validation_size: int = 5000,
  seed: int | None = None,
  source_url: str = DEFAULT_SOURCE_URL,
) -> csv_files.Datasets:
  """Reads the training, validation and test parts of MNIST.

  Args:
    train_dir: The folder of the four files; those missing are downloaded.
    fake_data: Make up images instead.
    one_hot: Labels are rows of one 1.
    dtype: Of images: tf.float32, in [0, 1], or tf.uint8.
    reshape: Make rows of 784 of the images, or leave (28, 28, 1).
    validation_size: So many of the first examples are for validation.
    seed: Of the order.
    source_url: Where files are downloaded from.
  """
  options = {'dtype': dtype, 'reshape': reshape, 'seed': seed}
  if fake_data:
    none = np.zeros((0, 28, 28, 1), np.uint8)
    parts = [
      DataSet(none, none, fake_data=True, one_hot=one_hot, **options)
      for _ in range(3)
    ]
    return csv_files.Datasets(*parts)
  read = {}
  for key, name in _FILES.items():
    kind = _IMAGES if key.endswith('images') else _LABELS
    values = _read(
      _path(train_dir, name, source_url or DEFAULT_SOURCE_URL), kind
    )
    if kind == _IMAGES:
      values = values[..., np.newaxis]
    elif one_hot:
      values = dense_to_one_hot(values, 10)
    read[key] = values
  images, labels = read['train_images'], read['train_labels']
  if not 0 <= validation_size <= len(images):
    raise ValueError(
      f'Validation size should be between 0 and {len(images)}. Received: '
      f'{validation_size}.'
    )
  size = validation_size
  return csv_files.Datasets(
    train=DataSet(images[size:], labels[size:], **options),
    validation=DataSet(images[:size], labels[:size], **options),
    test=DataSet(read['test_images'], read['test_labels'], **options),
  )


def load_mnist(train_dir: str = 'MNIST-data') -> csv_files.Datasets:
  """Reads MNIST."""
  return read_data_sets(train_dir)


def load_dataset(name: str, **arguments: Any) -> Any:
  """The data set of a name, 'mnist' or 'iris'; see its function.

  Raises:
    ValueError: There is none of this name.
  """
  known = {'iris': csv_files.load_iris, 'mnist': load_mnist}
  if name not in known:
    raise ValueError(f'`name` ({name!r}) must be one of {sorted(known)}.')
  return known[name](**arguments)
