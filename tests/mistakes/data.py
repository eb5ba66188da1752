"""Mistakes in features and labels."""

import itertools

import numpy as np
import tensorflow as tf

from tests.mistakes import given
from tests.mistakes.mistake import Mistake

errors = tf.errors
fc = tf.feature_column
v1 = tf.compat.v1

NAMES = np.array([b'yes', b'no'] * (given.ROWS // 2))


def train(make, labels=given.LABELS, **features):
  """A mistake in the data of a training."""
  input_fn = given.data(labels, **features)
  return lambda api, to: make(api, to).train(input_fn, steps=2)


def evaluate(make, labels=given.LABELS, **features):
  """The same in that of an evaluation, of a sound model."""

  def run(api, to):
    estimator = make(api, to).train(given.data(), steps=1)
    estimator.evaluate(given.data(labels, **features), steps=2)

  return run


def predict(make, **features):
  """The same in that of predictions."""

  def run(api, to):
    estimator = make(api, to).train(given.data(), steps=1)
    list(itertools.islice(estimator.predict(given.data(**features)), 40))

  return run


def fit(**options):
  return lambda api, to: given.dnn(api, to, **options)


def vocabulary(path, size=None):
  """A DNN over a column of a vocabulary file."""

  def make(api, to):
    words = fc.categorical_column_with_vocabulary_file('city', path(to), size)
    return given.dnn(api, to, [fc.indicator_column(words)])

  return make


def _lines(to):
  path = to / 'lines.txt'
  path.write_text('Bonn\nRome\n')
  return str(path)


def _sparse(api, to):
  def input_fn():
    def add(features, labels):
      sparse = tf.sparse.from_dense(features['x'])
      return {**features, 'x': sparse}, labels

    return given.dataset().map(add)

  given.dnn(api, to).train(input_fn, steps=1)


def _unequal(api, to):
  def input_fn():
    features = {'x': tf.ones([4, 3]), 'city': tf.constant(['Bonn'] * 5)}
    return features, tf.zeros([4], tf.int64)

  given.dnn(api, to, [given.X, given.CITY_VECTOR]).train(input_fn, steps=1)


def _records(feature, spec):
  """An input of one tf.Example with `feature`, parsed by `spec`."""

  def run(api, to):
    path = str(to / 'data.tfrecord')
    example = tf.train.Example(
      features=tf.train.Features(feature={'x': feature})
    )
    with tf.io.TFRecordWriter(path) as writer:
      writer.write(example.SerializeToString())

    def input_fn():
      records = tf.data.TFRecordDataset(path).repeat().batch(4)
      return records.map(
        lambda record: (
          tf.io.parse_example(record, {'x': spec}),
          tf.zeros([4], tf.int64),
        )
      )

    given.dnn(api, to / 'm').train(input_fn, steps=1)

  return run


def _read(path):
  def run(api, to):
    def input_fn():
      lines = tf.data.TextLineDataset(path(to)).batch(2)
      return lines.map(
        lambda line: (
          {'x': tf.stack(tf.io.decode_csv(line, [[0.0]] * 3), -1)},
          tf.zeros([2], tf.int64),
        )
      )

    given.dnn(api, to / 'm').train(input_fn, steps=1)

  return run


def _csv(to):
  path = to / 'data.csv'
  path.write_text('1,2,3\n4,5\n')
  return str(path)


def _text_csv(to):
  path = to / 'data.csv'
  path.write_text('1,2,3\n4,five,6\n')
  return str(path)


def _generated(api, to):
  x = given.last(X, np.nan)

  def input_fn():
    features = {'x': tf.TensorSpec([3], tf.float32)}
    return tf.data.Dataset.from_generator(
      lambda: (({'x': row}, 1) for row in x),
      output_signature=(features, tf.TensorSpec([], tf.int64)),
    ).batch(16)

  given.linear(api, to).train(input_fn, steps=2)


def _no_dict(api, to):
  given.dnn(api, to).train(lambda: (tf.ones([4, 3]), tf.zeros([4])), steps=1)


INVALID = errors.InvalidArgumentError
X = given.FEATURES['x']
DNN = given.dnn
LINEAR = given.linear

ROWS = {
  'a feature is missing': Mistake(
    train(DNN, x=given.NONE), ValueError, ("'?x'?", 'features')
  ),
  'a feature is missing, linear': Mistake(
    train(LINEAR, x=given.NONE), ValueError, ("'?x'?", 'features')
  ),
  'a feature is wider than its column': Mistake(
    train(DNN, x=np.ones([16, 4], np.float32)),
    INVALID,
    ("'x'", '4', r'shape=\(3,\)|3'),
  ),
  'a feature is wider than its column, linear': Mistake(
    train(LINEAR, x=np.ones([16, 4], np.float32)),
    INVALID,
    ("'x'", '4', '3'),
  ),
  'a feature is wider in evaluate': Mistake(
    evaluate(DNN, x=np.ones([16, 4], np.float32)),
    INVALID,
    ("'x'", '4', '3'),
  ),
  'a feature is wider in predict': Mistake(
    predict(DNN, x=np.ones([16, 4], np.float32)),
    INVALID,
    ("'x'", '4', '3'),
  ),
  'a feature is text': Mistake(
    train(DNN, x=np.array([[b'1', b'2', b'3']] * 16)),
    errors.UnimplementedError,
    ("'x'", 'string', 'float'),
  ),
  'a feature is text, linear': Mistake(
    train(LINEAR, x=np.array([[b'1', b'2', b'3']] * 16)),
    errors.UnimplementedError,
    ("'x'", 'string', 'float'),
  ),
  'a feature is text in predict': Mistake(
    predict(DNN, x=np.array([[b'1', b'2', b'3']] * 16)),
    errors.UnimplementedError,
    ("'x'", 'string', 'float'),
  ),
  'a feature has dtype object': Mistake(
    train(DNN, x=np.array([[1, 'a', None]] * 16, object)),
    Exception,
    ("'x'", 'object'),
  ),
  'a feature is ragged': Mistake(
    train(DNN, x=[[1.0], [1.0, 2.0]] * 8),
    Exception,
    ("'x'",),
  ),
  'a feature is sparse': Mistake(
    _sparse, (ValueError, TypeError), ("'?x'?", 'SparseTensor')
  ),
  'features have other batch sizes': Mistake(
    _unequal, (INVALID, ValueError), ('city', '[Bb]atch', '4', '5')
  ),
  'features have other lengths': Mistake(
    train(DNN, city=np.array([b'Bonn'] * 9)),
    (ValueError, INVALID),
    ("'city'", '9', '16'),
  ),
  'features are no dict': Mistake(_no_dict, ValueError, ('features', 'dict')),
  'numbers where words are due': Mistake(
    train(fit(columns=[given.CITY_VECTOR]), city=np.arange(16)),
    ValueError,
    ('city', 'int'),
  ),
  'words where numbers are due': Mistake(
    train(fit(columns=[given.ROOM_VECTOR]), room=NAMES),
    ValueError,
    ('room', 'string|integer'),
  ),
  'a number beyond the buckets': Mistake(
    train(
      fit(columns=[given.ROOM_VECTOR]),
      room=given.last(given.FEATURES['room'], 9),
    ),
    INVALID,
    ("'room'", '9', 'num_buckets'),
  ),
  'vocabulary_file is missing': Mistake(
    train(vocabulary(lambda to: '/no/words.txt')),
    ValueError,
    ('city', 'vocabulary_file'),
  ),
  'vocabulary_file is missing, with a size': Mistake(
    train(vocabulary(lambda to: '/no/words.txt', 2)),
    errors.NotFoundError,
    ('city', '/no/words.txt', 'vocabulary_file'),
  ),
  'vocabulary_file is shorter than its size': Mistake(
    train(vocabulary(_lines, 5)),
    INVALID,
    ('city', 'lines.txt', '5', 'vocabulary_size'),
  ),
  'vocabulary_file is a folder': Mistake(
    train(vocabulary(str)),
    Exception,
    ('city', 'vocabulary_'),
  ),
  'NaN in a feature': Mistake(
    train(LINEAR, x=given.last(X, np.nan)),
    v1.train.NanLossDuringTrainingError,
    ('NaN loss', "'x'", '13', 'batch 1'),
  ),
  'NaN in a feature, with summaries': Mistake(
    lambda api, to: api.DNNClassifier(
      [4], [given.X], str(to), activation_fn=tf.nn.tanh
    ).train(given.data(x=given.last(X, np.nan)), steps=2),
    INVALID,
    ('[Nn]a[Nn]', "'x'", '13'),
  ),
  'NaN in a feature out of Python': Mistake(
    _generated,
    v1.train.NanLossDuringTrainingError,
    ('NaN loss', 'features', 'learning rate', 'batch 1'),
  ),
  'NaN in a label': Mistake(
    train(given.regressor, given.last(np.ones(16), np.nan)),
    v1.train.NanLossDuringTrainingError,
    ('NaN loss', 'label', '13', 'batch 1'),
  ),
  'a label beyond the classes': Mistake(
    train(fit(n_classes=3), given.last(given.LABELS, 7)),
    INVALID,
    ('[Ll]abel', '7', 'n_classes', '3', '13'),
  ),
  'a label beyond two classes': Mistake(
    train(DNN, given.last(given.LABELS, 2)),
    INVALID,
    ('[Ll]abel', '2', 'n_classes', '13'),
  ),
  'a negative label': Mistake(
    train(LINEAR, given.last(given.LABELS, -1)),
    INVALID,
    ('[Ll]abel', '-1', '13'),
  ),
  'a label beyond the classes in evaluate': Mistake(
    evaluate(DNN, given.last(given.LABELS, 2)),
    INVALID,
    ('[Ll]abel', '2', 'n_classes', '13'),
  ),
  'a label that the vocabulary lacks': Mistake(
    train(fit(label_vocabulary=['yes', 'no']), given.last(NAMES, b'maybe')),
    INVALID,
    ('label_vocabulary', 'maybe', '13', 'yes'),
  ),
  'a label that the vocabulary of three lacks': Mistake(
    train(
      fit(n_classes=3, label_vocabulary=['yes', 'no', 'perhaps']),
      given.last(NAMES, b'maybe'),
    ),
    INVALID,
    ('label_vocabulary', 'maybe', '13', 'yes'),
  ),
  'labels are names': Mistake(
    train(DNN, NAMES),
    errors.UnimplementedError,
    ('[Ll]abel', 'string', 'label_vocabulary'),
  ),
  'labels of three classes are names': Mistake(
    train(fit(n_classes=3), NAMES),
    ValueError,
    ('[Ll]abel', 'string', 'label_vocabulary'),
  ),
  'labels of a regression are names': Mistake(
    train(given.regressor, NAMES),
    errors.UnimplementedError,
    ('[Ll]abel', 'string'),
  ),
  'labels are fractions': Mistake(
    train(fit(n_classes=3), np.ones(16, np.float32)),
    ValueError,
    ('[Ll]abel', 'float'),
  ),
  'numbers in place of names': Mistake(
    train(fit(label_vocabulary=['yes', 'no'])),
    TypeError,
    ('[Ll]abel', 'label_vocabulary', 'int'),
  ),
  'labels are missing': Mistake(
    train(DNN, given.NONE), ValueError, ('[Ll]abel',)
  ),
  'labels are missing in evaluate': Mistake(
    evaluate(DNN, given.NONE), ValueError, ('[Ll]abel',)
  ),
  'labels are too wide': Mistake(
    train(DNN, np.zeros([16, 2], np.int64)),
    ValueError,
    ('[Ll]abel', '2'),
  ),
  'weights are too wide': Mistake(
    train(fit(weight_column='w'), w=np.ones([16, 3], np.float32)),
    INVALID,
    ("'w'", '3', 'weight'),
  ),
  'weights are text': Mistake(
    train(fit(weight_column='w'), w=NAMES),
    errors.UnimplementedError,
    ("'w'", 'string', 'weight'),
  ),
  'weights are missing': Mistake(
    train(fit(weight_column='w'), w=given.NONE), ValueError, ("'?w'?",)
  ),
  'an Example lacks a feature': Mistake(
    _records(tf.train.Feature(), tf.io.FixedLenFeature([3], tf.float32)),
    INVALID,
    ("'?x'?", 'default|required'),
  ),
  'an Example has another type': Mistake(
    _records(
      tf.train.Feature(int64_list=tf.train.Int64List(value=[1, 2, 3])),
      tf.io.FixedLenFeature([3], tf.float32),
    ),
    INVALID,
    ("'?x'?", 'int64', 'float'),
  ),
  'a file is missing': Mistake(
    _read(lambda to: '/no/data.csv'),
    errors.NotFoundError,
    ('/no/data.csv', 'input_fn'),
  ),
  'a line of CSV is too short': Mistake(
    _read(_csv), INVALID, ('2|3', 'input_fn')
  ),
  'a field of CSV is no number': Mistake(
    _read(_text_csv), INVALID, ('five', 'input_fn')
  ),
  'a custom model gets text': Mistake(
    train(given.custom, x=np.array([[b'1', b'2', b'3']] * 16)),
    (errors.UnimplementedError, TypeError, ValueError),
    ('string',),
    lines=12,
  ),
  'a custom model gets labels that are no class': Mistake(
    train(given.custom, given.last(given.LABELS, 2)),
    (INVALID, v1.train.NanLossDuringTrainingError),
    ('label', 'given.py'),
  ),
}
