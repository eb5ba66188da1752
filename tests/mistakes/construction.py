"""Mistakes in the arguments of constructors."""

import tensorflow as tf
import tf_keras

from tests.mistakes import given
from tests.mistakes.mistake import Mistake

fc = tf.feature_column
NAMES = [b'a'] * given.ROWS
v1 = tf.compat.v1


def _meta_is_a_folder(api, to):
  (to / 'model.ckpt-0.meta').mkdir()
  given.dnn(api, to).train(given.data(), steps=1)


def train(estimator):
  """Some arguments are looked at when the model is built."""
  return estimator.train(given.data(), steps=1)


def _file(folder):
  path = folder / 'a_file'
  path.write_text('')
  return path


ROWS = {
  'hidden_units is a number': Mistake(
    lambda api, to: train(given.dnn(api, to, hidden_units=8)),
    TypeError,
    ('hidden_units', '8', r'\[8\]'),
  ),
  'hidden_units is negative': Mistake(
    lambda api, to: train(given.dnn(api, to, hidden_units=[-1])),
    ValueError,
    ('hidden_units', '-1'),
  ),
  'hidden_units is None': Mistake(
    lambda api, to: train(given.dnn(api, to, hidden_units=None)),
    TypeError,
    ('hidden_units', 'None'),
  ),
  'hidden_units is missing': Mistake(
    lambda api, to: api.DNNClassifier(feature_columns=[given.X]),
    TypeError,
    ('hidden_units',),
  ),
  'an argument is misspelt': Mistake(
    lambda api, to: given.dnn(api, to, n_clases=3),
    TypeError,
    ('n_clases',),
  ),
  'feature_columns is one column': Mistake(
    lambda api, to: train(given.dnn(api, to, columns=given.X)),
    ValueError,
    ('feature_columns', "'x'", r'\[.*\]'),
  ),
  'feature_columns is one column, linear': Mistake(
    lambda api, to: train(api.LinearClassifier(given.X, str(to))),
    ValueError,
    ('feature_columns', "'x'", r'\[.*\]'),
    families=('v2',),  # that of TF 1 takes one
  ),
  'feature_columns is empty': Mistake(
    lambda api, to: train(given.dnn(api, to, columns=[])),
    ValueError,
    ('feature_columns', 'empty'),
  ),
  'feature_columns has names': Mistake(
    lambda api, to: train(given.dnn(api, to, columns=['x'])),
    ValueError,
    ('feature_columns', "'x'", 'numeric_column'),
  ),
  'feature_columns is None': Mistake(
    lambda api, to: train(given.dnn(api, to, columns=None)),
    ValueError,
    ('feature_columns',),
  ),
  'a categorical column in a DNN': Mistake(
    lambda api, to: train(given.dnn(api, to, columns=[given.CITY])),
    ValueError,
    ('city', 'embedding_column'),
  ),
  'two columns of one name': Mistake(
    lambda api, to: train(
      given.dnn(api, to, columns=[given.X, fc.numeric_column('x')])
    ),
    ValueError,
    ('Duplicate', 'x'),
  ),
  'n_classes is 1': Mistake(
    lambda api, to: given.dnn(api, to, n_classes=1),
    ValueError,
    ('n_classes', '1'),
  ),
  'n_classes is text': Mistake(
    lambda api, to: given.dnn(api, to, n_classes='three'),
    ValueError,
    ('n_classes', "'three'"),
  ),
  'n_classes is None': Mistake(
    lambda api, to: given.dnn(api, to, n_classes=None),
    ValueError,
    ('n_classes', 'None'),
  ),
  'label_vocabulary is a word': Mistake(
    lambda api, to: given.dnn(api, to, label_vocabulary='ab'),
    (TypeError, ValueError),
    ('label_vocabulary', 'list'),
  ),
  'label_vocabulary is too short': Mistake(
    lambda api, to: given.dnn(
      api, to, n_classes=3, label_vocabulary=['a', 'b']
    ),
    ValueError,
    ('label_vocabulary', '2', '3'),
    families=('v2',),  # that of TF 1 takes it
  ),
  'optimizer has an unknown name': Mistake(
    lambda api, to: train(given.dnn(api, to, optimizer='adam')),
    ValueError,
    ('optimizer', 'adam', 'Adam'),
  ),
  'optimizer is a number': Mistake(
    lambda api, to: train(given.dnn(api, to, optimizer=0.1)),
    ValueError,
    ('ptimizer', '0.1'),
  ),
  'optimizer is a schedule': Mistake(
    lambda api, to: train(
      given.dnn(
        api,
        to,
        optimizer=tf_keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5),
      )
    ),
    ValueError,
    ('optimizer', 'ExponentialDecay', 'learning_rate='),
  ),
  'optimizer is of TF 1': Mistake(
    lambda api, to: train(
      given.dnn(api, to, optimizer=v1.train.AdamOptimizer())
    ),
    ValueError,
    ('ptimizer', 'Adam'),
    families=('v2',),
  ),
  'dropout is above 1': Mistake(
    lambda api, to: train(given.dnn(api, to, dropout=1.5)),
    ValueError,
    ('1.5', 'between 0 and 1|range'),
  ),
  'activation_fn is a number': Mistake(
    lambda api, to: train(given.dnn(api, to, activation_fn=5)),
    TypeError,
    ('activation_fn', '5'),
  ),
  'loss_reduction is unknown': Mistake(
    lambda api, to: given.dnn(api, to, loss_reduction='mean'),
    ValueError,
    ('loss_reduction', 'mean'),
  ),
  'weight_column is a number': Mistake(
    lambda api, to: train(given.dnn(api, to, weight_column=5)),
    TypeError,
    ('[Ww]eight.?column', '5|int'),
  ),
  'columns by position': Mistake(
    lambda api, to: api.DNNLinearCombinedClassifier([given.X], [given.X], [4]),
    TypeError,
    ('model_dir', 'linear_feature_columns='),
  ),
  'no columns': Mistake(
    lambda api, to: api.DNNLinearCombinedClassifier(str(to)),
    ValueError,
    ('linear_feature_columns', 'dnn_feature_columns'),
  ),
  'dnn_hidden_units is missing': Mistake(
    lambda api, to: train(
      api.DNNLinearCombinedClassifier(str(to), dnn_feature_columns=[given.X])
    ),
    ValueError,
    ('dnn_hidden_units',),
  ),
  'head is a name': Mistake(
    lambda api, to: train(
      api.DNNEstimator('regression', [4], [given.X], str(to))
    ),
    (AttributeError, TypeError, ValueError),
    ('head', "'regression'"),
  ),
  'config is a dict': Mistake(
    lambda api, to: given.custom(api, to, config={'save_summary_steps': 1}),
    ValueError,
    ('config', 'RunConfig', 'dict|save_summary_steps'),
  ),
  'two folders': Mistake(
    lambda api, to: given.custom(
      api, to, config=given.config(api, to / 'other')
    ),
    ValueError,
    ('model_dir', 'other'),
  ),
  'model_dir is a file': Mistake(
    lambda api, to: train(given.dnn(api, _file(to))),
    Exception,
    ('model_dir', 'a_file', 'file'),
  ),
  'model_dir may not be written': Mistake(
    lambda api, to: train(given.dnn(api, '/proc/model')),
    Exception,
    ('model_dir', '/proc/model'),
  ),
  'model_dir is a number': Mistake(
    lambda api, to: api.DNNClassifier([4], [given.X], 5),
    TypeError,
    ('model_dir', '5'),
  ),
  'model_fn is missing': Mistake(
    lambda api, to: given.custom(api, to, None),
    ValueError,
    ('model_fn',),
  ),
  'model_fn is no function': Mistake(
    lambda api, to: given.custom(api, to, 'model'),
    TypeError,
    ('model_fn', "'model'"),
  ),
  'model_fn takes no features': Mistake(
    lambda api, to: given.custom(api, to, lambda labels, mode: None),
    ValueError,
    ('model_fn', 'features'),
  ),
  'model_fn takes another argument': Mistake(
    lambda api, to: given.custom(api, to, lambda features, rate: None),
    ValueError,
    ('model_fn', 'rate', 'params'),
  ),
  'params for a model_fn without': Mistake(
    lambda api, to: given.custom(api, to, params={'rate': 1}),
    ValueError,
    ('model_fn', 'params', 'rate'),
  ),
  'warm_start_from is not there': Mistake(
    lambda api, to: train(given.dnn(api, to, warm_start_from='/nope')),
    Exception,
    ('warm_start_from', '/nope'),
  ),
  'warm start from an empty folder': Mistake(
    lambda api, to: train(
      given.dnn(api, to / 'm', warm_start_from=api.WarmStartSettings(str(to)))
    ),
    Exception,
    ('warm_start_from|ckpt_to_initialize_from', 'no checkpoint'),
  ),
  'warm_start_from is a number': Mistake(
    lambda api, to: given.dnn(api, to, warm_start_from=5),
    (TypeError, ValueError),
    ('warm_start_from', '5|int'),
  ),
  'save_summary_steps is text': Mistake(
    lambda api, to: train(
      given.dnn(api, to, config=api.RunConfig(save_summary_steps='a'))
    ),
    Exception,
    ('save_summary_steps', "'?a'?"),
  ),
  'save_checkpoints_steps is text': Mistake(
    lambda api, to: train(
      given.dnn(api, to, config=api.RunConfig(save_checkpoints_steps='a'))
    ),
    Exception,
    ('save_checkpoints_steps', "'?a'?"),
  ),
  'checkpoints by time and steps': Mistake(
    lambda api, to: api.RunConfig(
      save_checkpoints_secs=1, save_checkpoints_steps=1
    ),
    ValueError,
    ('save_checkpoints_secs', 'save_checkpoints_steps'),
  ),
  'keep_checkpoint_max is negative': Mistake(
    lambda api, to: api.RunConfig(keep_checkpoint_max=-1),
    ValueError,
    ('keep_checkpoint_max', '-1'),
  ),
  'tf_random_seed is text': Mistake(
    lambda api, to: api.RunConfig(tf_random_seed='a'),
    ValueError,
    ('tf_random_seed', 'a'),
  ),
  'session_config is a dict': Mistake(
    lambda api, to: train(
      given.dnn(api, to, config=api.RunConfig(session_config={'a': 1}))
    ),
    Exception,
    ('session_config', 'ConfigProto'),
  ),
  'the graph of a checkpoint cannot be written': Mistake(
    _meta_is_a_folder,
    tf.errors.OpError,
    (r'graph of the checkpoint, \S+ckpt-0\.meta', 'itself is whole', 'train'),
  ),
  'label_vocabulary has numbers': Mistake(
    lambda api, to: train(given.dnn(api, to, label_vocabulary=[0, 1])),
    TypeError,
    ('label_vocabulary', r'\[0, 1\]', 'strings'),
  ),
  'label_vocabulary has a name twice': Mistake(
    lambda api, to: given.dnn(api, to, label_vocabulary=['a', 'a']).train(
      given.data(NAMES), steps=1
    ),
    tf.errors.FailedPreconditionError,
    ('label_vocabulary', "'a' twice"),
  ),
  'dropout is text': Mistake(
    lambda api, to: train(given.dnn(api, to, dropout='0.5')),
    ValueError,
    ('dropout', "'0.5'"),
  ),
  'activation_fn has an unknown name': Mistake(
    lambda api, to: train(given.dnn(api, to, activation_fn='rellu')),
    ValueError,
    ('activation_fn', 'rellu'),
    families=('v2',),  # that of TF 1 takes functions only
  ),
  'n_classes is a fraction': Mistake(
    lambda api, to: given.dnn(api, to, n_classes=2.5),
    (TypeError, tf.errors.InvalidArgumentError),
    ('n_classes', '2.5'),
  ),
  'hidden_units are nested': Mistake(
    lambda api, to: train(given.dnn(api, to, hidden_units=[[4, 4]])),
    TypeError,
    ('hidden_units', '4'),
  ),
}
