"""Mistakes in exporting, and in loading what was exported."""

import tensorflow as tf

import tfcompat_estimator as estimators
from tests.mistakes import given
from tests.mistakes.mistake import Mistake
from tfcompat_estimator import predictor


def export(receiver, path='exports', **arguments):
  return lambda api, to: given.trained(api, to / 'm').export_saved_model(
    str(to / path), receiver, **arguments
  )


def _export_to_file(api, to):
  (to / 'exports').write_text('')
  export(given.receiver())(api, to)


def loaded(path, **arguments):
  """Loads an export from where `path` says."""

  def run(api, to):
    export = given.trained(api, to / 'm').export_saved_model(
      str(to / 'exports'), given.receiver()
    )
    return predictor.from_saved_model(path(export.decode()), **arguments)

  return run


def called(inputs):
  """Calls a loaded export."""
  load = loaded(str, signature_def_key='predict')
  return lambda api, to: load(api, to)(inputs)


def received(make):
  """An export by a receiver that is made so of a placeholder."""
  return export(lambda: make(v1.placeholder(tf.float32, [None, 3], name='x')))


def raw(features):
  return export(estimators.export.build_raw_serving_input_receiver_fn(features))


v1 = tf.compat.v1
Receiver = estimators.export.ServingInputReceiver
with tf.init_scope():
  EAGER = tf.ones([1, 3])

ROWS = {
  'a dtype in place of a raw feature': Mistake(
    raw({'x': tf.float32}),
    AttributeError,
    ('float32', 'must be tensors', 'TensorSpec'),
  ),
  'receiver is a dict': Mistake(
    received(lambda x: {'x': x}),
    AttributeError,
    ('ServingInputReceiver', 'dict'),
  ),
  'receiver is a pair': Mistake(
    received(lambda x: ({'x': x}, {'x': x})),
    AttributeError,
    ('ServingInputReceiver', 'tuple'),
    families=('v2',),
  ),
  'receiver takes an argument': Mistake(
    export(lambda params: None), TypeError, ('params',), families=('v1',)
  ),
  'receiver tensors are a list': Mistake(
    received(lambda x: Receiver({'x': x}, [x])),
    ValueError,
    ('receiver_tensor', 'Tensor'),
    families=('v2',),
  ),
  'alternatives are a list': Mistake(
    received(lambda x: Receiver({'x': x}, x, [x])),
    ValueError,
    ('receiver_tensors_alternatives', 'dict'),
    families=('v1',),
  ),
  'received is an array': Mistake(
    received(lambda x: Receiver({'x': given.FEATURES['x']}, x)),
    ValueError,
    ('feature x', 'Tensor', 'array'),
    families=('v2',),
  ),
  'received is a tensor made before': Mistake(
    received(lambda x: Receiver({'x': EAGER}, x)),
    RuntimeError,
    ('made before',),
    families=('v1',),
  ),
  'raw features are a spec': Mistake(
    raw({'x': tf.io.FixedLenFeature([3], tf.float32)}),
    AttributeError,
    ('FixedLenFeature', 'tf.TensorSpec'),
  ),
  'raw features are types': Mistake(
    raw({'x': float}),
    AttributeError,
    ('float', 'tf.TensorSpec'),
    families=('v2',),
  ),
  'receiver is a receiver': Mistake(
    export(
      estimators.export.ServingInputReceiver(
        {'x': tf.ones([1, 3])}, tf.constant(['a'])
      )
    ),
    (TypeError, ValueError),
    ('serving_input_receiver_fn|receiver', 'ServingInputReceiver', 'function'),
  ),
  'receiver is None': Mistake(
    export(None), ValueError, ('serving_input_receiver_fn',)
  ),
  'receiver returns None': Mistake(
    export(lambda: None),
    (AttributeError, TypeError, ValueError),
    ('receiver', 'None'),
  ),
  'receiver lacks a feature': Mistake(
    export(given.receiver(y=[None, 3])), ValueError, ("'?x'?", 'features')
  ),
  'nothing was trained': Mistake(
    lambda api, to: given.dnn(api, to).export_saved_model(
      str(to / 'exports'), given.receiver()
    ),
    ValueError,
    ('trained model', 'model_dir|Train'),
  ),
  'export_dir_base is a file': Mistake(
    _export_to_file,
    Exception,
    ('export_dir_base', 'exports'),
  ),
  'export_dir_base may not be written': Mistake(
    lambda api, to: given.trained(api, to).export_saved_model(
      '/proc/exports', given.receiver()
    ),
    Exception,
    ('export_dir_base', '/proc/exports'),
  ),
  'export_dir_base is None': Mistake(
    lambda api, to: given.trained(api, to).export_saved_model(
      None, given.receiver()
    ),
    TypeError,
    ('export_dir_base', 'None'),
  ),
  'assets_extra are not there': Mistake(
    export(given.receiver(), assets_extra={'a': '/no/asset'}),
    Exception,
    ('/no/asset', 'assets_extra'),
  ),
  'the folder of exports': Mistake(
    loaded(lambda path: path.rpartition('/')[0]),
    (OSError, ValueError),
    ('export_dir', 'exports', r'exports/\d+'),
  ),
  'a folder without exports': Mistake(
    lambda api, to: predictor.from_saved_model(str(to)),
    (OSError, ValueError),
    ('export_dir', 'SavedModel'),
  ),
  'a signature that is not there': Mistake(
    loaded(lambda path: path, signature_def_key='scores'),
    ValueError,
    ('scores', 'predict'),
  ),
  'an input that is not there': Mistake(
    called({'y': [[1.0, 2.0, 3.0]]}), ValueError, ("'y'", "'x'")
  ),
  'inputs are an array': Mistake(
    called([[1.0, 2.0, 3.0]]), TypeError, ('input_dict', 'dict', "'x'", 'list')
  ),
  'no input': Mistake(
    called({}), tf.errors.InvalidArgumentError, ("'x'", 'predictor')
  ),
  'a spec of columns': Mistake(
    export(
      estimators.export.build_parsing_serving_input_receiver_fn([given.X])
    ),
    ValueError,
    ('feature_spec', 'make_parse_example_spec'),
  ),
  'assets_extra is a list': Mistake(
    export(given.receiver(), assets_extra=['a']),
    AttributeError,
    ('assets_extra', 'dict'),
  ),
  'an input of another shape': Mistake(
    called({'x': [[1.0, 2.0]]}), ValueError, ('x', '2', '3')
  ),
}
