"""Tests how the files of MNIST are read and given out."""

import gzip

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import mnist

FILES = {
  'train-images-idx3-ubyte.gz': (2051, (6, 28, 28)),
  'train-labels-idx1-ubyte.gz': (2049, (6,)),
  't10k-images-idx3-ubyte.gz': (2051, (2, 28, 28)),
  't10k-labels-idx1-ubyte.gz': (2049, (2,)),
}


@pytest.fixture(name='folder')
def fixture_folder(tmp_path):
  for name, (magic, shape) in FILES.items():
    head = np.array([magic, *shape], '>u4').tobytes()
    count = int(np.prod(shape))
    values = (np.arange(count) % (10 if len(shape) == 1 else 256)).astype('u1')
    (tmp_path / name).write_bytes(gzip.compress(head + values.tobytes()))
  return str(tmp_path)


def test_parts_of_the_files(folder):
  """The first examples are for validation; images are rows from 0 to 1."""
  data = mnist.read_data_sets(folder, one_hot=True, validation_size=2)

  assert [part.num_examples for part in data] == [4, 2, 2]
  assert data.train.images.shape == (4, 784)
  assert data.train.images.max() == 1
  assert data.validation.labels.argmax(1).tolist() == [0, 1]


def test_batches_go_on_into_the_next_epoch(folder):
  """Each example comes once in an epoch."""
  train = mnist.read_data_sets(folder, validation_size=0, seed=1).train
  labels = [label for _ in range(3) for label in train.next_batch(4)[1]]

  assert sorted(labels[:6]) == sorted(labels[6:]) == list(range(6))
  assert train.epochs_completed == 1


def test_what_is_wrong_is_told(folder, tmp_path):
  """A size that is none, a file of another kind, a type of no image."""
  with pytest.raises(ValueError, match='between 0 and 6'):
    mnist.read_data_sets(folder, validation_size=7)
  with pytest.raises(TypeError, match='expected uint8 or float32'):
    mnist.read_data_sets(folder, validation_size=0, dtype=tf.int32)
  names = sorted(FILES)
  (tmp_path / names[2]).write_bytes((tmp_path / names[3]).read_bytes())
  with pytest.raises(ValueError, match='magic number'):
    mnist.read_data_sets(folder)
