"""Canned Estimators of both families over random columns."""

import os
import re
import zlib

import numpy as np
import random_custom
import random_inputs
import random_training
import tensorflow as tf

tf1 = tf.compat.v1
fc = tf.feature_column
WORDS = random_inputs.WORDS


# --- columns ------------------------------------------------------------------


def _file(folder, words):
  path = os.path.join(folder, f'words_{len(words)}.txt')
  with tf.io.gfile.GFile(path, 'w') as file:
    file.write('\n'.join(words) + '\n')
  return path


def _age():
  return fc.bucketized_column(fc.numeric_column('age'), [30.0, 45.0])


def _tags():
  return fc.categorical_column_with_vocabulary_list('tags', WORDS)


def _vocabulary_file(case, folder):
  # A model that starts from one with fewer words has one more at the end.
  words = WORDS[:3] if case.get('fewer_words') else WORDS
  return fc.categorical_column_with_vocabulary_file(
    'word', _file(folder, words), num_oov_buckets=1
  )


CATEGORICAL = {
  'vocabulary': lambda *_: fc.categorical_column_with_vocabulary_list(
    'word', WORDS
  ),
  'oov': lambda *_: fc.categorical_column_with_vocabulary_list(
    'word', WORDS, num_oov_buckets=2
  ),
  'file': _vocabulary_file,
  'hashed': lambda *_: fc.categorical_column_with_hash_bucket('word', 6),
  'identity': lambda *_: fc.categorical_column_with_identity('ids', 9),
  'hashed_ids': lambda *_: fc.categorical_column_with_hash_bucket(
    'ids', 7, tf.int64
  ),
  'number_vocabulary': lambda *_: fc.categorical_column_with_vocabulary_list(
    'ids', [5, 1, 7], default_value=2
  ),
  'buckets': lambda *_: _age(),
  'wide_buckets': lambda *_: fc.bucketized_column(
    fc.numeric_column('x', shape=3), [-0.5, 0.5]
  ),
  'crossed': lambda *_: fc.crossed_column([_age(), 'word'], 11),
  'crossed_names': lambda *_: fc.crossed_column(
    [fc.categorical_column_with_identity('ids', 9), 'word'], 13, hash_key=3
  ),
  'crossed_three': lambda *_: fc.crossed_column(
    [_age(), fc.categorical_column_with_identity('ids', 9), _tags()], 17
  ),
  'tags': lambda *_: _tags(),
  'hashed_tags': lambda *_: fc.categorical_column_with_hash_bucket('tags', 5),
  'weighted': lambda *_: fc.weighted_categorical_column(_tags(), 'tag_weights'),
}
NUMBERS = {
  'x': lambda: fc.numeric_column('x', shape=3),
  'scaled': lambda: fc.numeric_column(
    'x', shape=3, normalizer_fn=lambda x: x * 0.5 + 0.1
  ),
  'age': lambda: fc.numeric_column(
    'age', normalizer_fn=lambda age: age / 50.0, dtype=tf.float64
  ),
  'flat': lambda: fc.numeric_column('seq', shape=(4, 2)),
}


def column(described, case, folder):
  """The column of a descriptor."""
  kind = described['as']
  if kind == 'number':
    return NUMBERS[described['of']]()
  made = CATEGORICAL[described['of']](case, folder)
  if kind == 'indicator':
    return fc.indicator_column(made)
  if kind == 'embedding':
    return fc.embedding_column(
      made,
      described['size'],
      described['combiner'],
      max_norm=described['max_norm'],
      trainable=described['trainable'],
    )
  return made


# --- estimators ---------------------------------------------------------------


def _optimizer(described):
  """A name, an optimizer, or a function that makes one in the graph."""
  name = described['name']
  if described['how'] == 'text':
    return name
  keras = random_training.KERAS_OPTIMIZERS.get(name)

  def make(rate=0.05):
    return keras() if keras else random_training.OPTIMIZERS[name](rate)

  def call():
    step = tf1.train.get_or_create_global_step()
    rate = random_training.SCHEDULES[described['schedule']](step)
    if described['schedule'] != 'constant' and callable(rate):
      rate = rate()  # some are functions in eager mode
    return make(rate)

  return call if described['how'] == 'called' else make()


def _weight(case):
  if case['weight'] == 'column':
    return fc.numeric_column('w')
  return 'w' if case['weight'] else None


def _of_labels(case):
  """The end of the class's name, and the arguments about labels."""
  if case['by_head']:
    return 'Estimator', {'head': random_training.head_of(case, _weight(case))}
  arguments = {'weight_column': _weight(case)}
  if case['reduction']:
    arguments['loss_reduction'] = case['reduction']
  units = random_training.UNITS[case['task']]
  if case['task'] in ('number', 'numbers'):
    return 'Regressor', {'label_dimension': units, **arguments}
  return 'Classifier', {
    'n_classes': max(units, 2),
    'label_vocabulary': case['label_words'],
    **arguments,
  }


def _deep_arguments(case, prefix=''):
  return {
    f'{prefix}hidden_units': case['sizes'],
    f'{prefix}activation_fn': random_custom.ACTIVATIONS[case['activation']]
    or tf.identity,
    'batch_norm': case['batch_norm'],
  }


def _partitioner(case, name):
  if case['family'] == 'v1' and case['parts']:
    return {name: tf1.fixed_size_partitioner(case['parts'])}
  return {}


def _rnn(case, deep):
  """Where an example is a sequence of tags."""
  tags = fc.sequence_categorical_column_with_vocabulary_list('tags', WORDS)
  cells = {'basic': 'simple_rnn', 'gru': 'gru', 'lstm': 'lstm'}
  return {
    'sequence_feature_columns': [
      fc.embedding_column(tags, 2),
      fc.indicator_column(tags),
    ],
    'context_feature_columns': deep or None,
    'units': case['sizes'][:2],
    'cell_type': cells[case['cell']],
    'optimizer': _optimizer(case['optimizers'][0]),
  }


def estimator(case, config, warm):
  """The canned Estimator of a case."""
  folder = os.path.dirname(config.model_dir)
  os.makedirs(folder, exist_ok=True)
  api = tf.estimator if case['family'] == 'v2' else tf1.estimator
  network = case['network']
  kind, arguments = _of_labels(case)
  wide, deep = (
    [column(c, case, folder) for c in case[key]] for key in ('wide', 'deep')
  )
  first, second = map(_optimizer, case['optimizers'])
  if network == 'RNN':
    api = tf.estimator.experimental
    arguments.update(_rnn(case, deep))
    if kind == 'Regressor':
      kind = 'Estimator'
      arguments = {
        k: v
        for k, v in arguments.items()
        if k not in ('label_dimension', 'weight_column', 'loss_reduction')
      }
      arguments['head'] = random_training.head_of(case, _weight(case))
  elif network == 'Baseline':
    arguments['optimizer'] = first
  elif network == 'Linear':
    arguments.update(
      feature_columns=wide,
      optimizer=first,
      sparse_combiner=case['sparse_combiner'],
      **_partitioner(case, 'partitioner'),
    )
  elif network == 'DNN':
    arguments.update(
      feature_columns=deep,
      optimizer=first,
      **_deep_arguments(case),
      **_partitioner(case, 'input_layer_partitioner'),
    )
  else:
    arguments.update(
      linear_feature_columns=wide,
      linear_optimizer=first,
      dnn_feature_columns=deep,
      dnn_optimizer=second,
      linear_sparse_combiner=case['sparse_combiner'],
      **_deep_arguments(case, 'dnn_'),
      **_partitioner(case, 'input_layer_partitioner'),
    )
  if warm:
    arguments['warm_start_from'] = warm
  made = getattr(api, network + kind)(config=config, **arguments)
  if case['added_metrics']:
    made = tf.estimator.add_metrics(made, _own_metrics)
  return made


def _own_metrics(labels, predictions):
  metric = random_custom.keras.metrics.Mean()
  metric.update_state(predictions[min(predictions)])
  return {'own_mean': metric} if predictions else {}


# What a case of which `some` starts warm takes from the model before.
WARM = '.*(dense|logits|kernel).*'


def more_words(case, folder):
  """A warm start from a model that knew fewer words of a file."""
  root = os.path.dirname(folder)
  info = tf.estimator.VocabInfo(
    _file(root, WORDS),
    len(WORDS),
    1,
    _file(root, WORDS[:3]),
    3,
    tf1.constant_initializer(0.3),
  )
  patterns = {
    'wide': 'linear/.*word/weights$',
    'deep': 'dnn/.*word_em.*weights$',
  }
  names = [
    name
    for name, _ in tf.train.list_variables(folder)
    for key, pattern in patterns.items()
    if any(c['of'] == 'file' for c in case[key]) and re.match(pattern, name)
  ]
  return tf.estimator.WarmStartSettings(
    folder, var_name_to_vocab_info=dict.fromkeys(names, info)
  )


def starts(case):
  """The hooks that give a case's variables values."""
  return [
    Start(
      {'some': WARM}.get(
        case['warm_start'], '.*' if case['warm_start'] else None
      )
    )
  ]


class Start(tf1.train.SessionRunHook):
  """Gives variables values that follow from their names, at step 0.

  Canned models draw by the graph's seed and the number of operations before.

  Args:
    kept: A pattern of names of variables that have their values already.
  """

  def __init__(self, kept=None):
    self._kept = kept

  def begin(self):
    self._step = tf1.train.get_global_step()
    assigned = []
    for variable in tf1.trainable_variables():
      # There those of other replicas are in the collection, too.
      name = re.sub(r'(/replica_\d+)?:\d+$', '', variable.name)
      if not (self._kept and re.match(self._kept, name)):
        random = np.random.RandomState(zlib.crc32(name.encode()))
        value = random.uniform(-0.5, 0.5, variable.shape.as_list())
        made = variable.assign(value.astype(variable.dtype.as_numpy_dtype))
        assigned += tf.nest.flatten(
          getattr(made, 'values', made), expand_composites=True
        )
    self._assign = tf.group(*assigned)

  def after_create_session(self, session, coord):
    if session.run(self._step) == 0:
      session.run(self._assign)
