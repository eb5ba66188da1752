"""Checks what of an error reaches the user, and that programs find what they know."""

import inspect
import pickle
import threading
import traceback

import pytest
import tensorflow as tf

import tfcompat_estimator as estimators
from tests.mistakes import given
from tfcompat_estimator.errors import folding

v1 = tf.compat.v1

WRONG = given.data(given.last(given.LABELS, 2))


def caught(function, *args, **kwargs):
  """What a call raises."""
  with pytest.raises(Exception) as raised:  # noqa: PT011  # any
    function(*args, **kwargs)
  return raised.value


@pytest.fixture
def error(tmp_path):
  """Of a label that is no class."""
  return caught(given.dnn(estimators, tmp_path).train, WRONG, steps=1)


def files(error):
  """The files of the frames of an error, those of this test left out."""
  frames = traceback.extract_tb(error.__traceback__)
  return [f.filename for f in frames if not f.filename.startswith(__file__)]


def test_type(error):
  """The error is of TensorFlow's type, by all that programs ask for it."""
  assert isinstance(error, tf.errors.InvalidArgumentError)
  assert type(error).__name__ == 'InvalidArgumentError'
  assert error.error_code == tf.errors.INVALID_ARGUMENT
  assert error.op.type == 'Assert'
  assert error.node_def.name == error.op.name
  assert str(error) == error.message or error.message in str(error)


def test_original(error):
  """What TensorFlow raised is at hand, and not printed."""
  assert isinstance(error.__context__, tf.errors.InvalidArgumentError)
  assert 'Original stack trace' in str(error.__context__)
  printed = ''.join(traceback.format_exception(error))
  assert printed.count('InvalidArgumentError') == 2  # the type, and `from`


def test_frames(error):
  """One frame is of this package; its line says how to get the others."""
  printed = ''.join(traceback.format_tb(error.__traceback__))

  assert [f for f in files(error) if 'tensorflow/' in f] == []
  assert printed.count('tfcompat_estimator/') == 1
  assert 'TFCOMPAT_TRACEBACK=full' in printed


def test_all_frames(tmp_path, monkeypatch):
  """TFCOMPAT_TRACEBACK=full keeps all, and TensorFlow's error as the cause."""
  monkeypatch.setenv('TFCOMPAT_TRACEBACK', 'full')

  error = caught(given.dnn(estimators, tmp_path).train, WRONG, steps=1)

  assert any('tensorflow/' in name for name in files(error))
  assert isinstance(error.__cause__, tf.errors.InvalidArgumentError)
  assert 'position 13' in str(error)


def test_lines_of_the_program_stay(tmp_path):
  """A mistake in input_fn is shown with its line, and as it was raised."""

  def input_fn():
    return given.FEATURES['nothing']

  error = caught(given.dnn(estimators, tmp_path).train, input_fn)

  assert type(error) is KeyError
  frames = traceback.extract_tb(error.__traceback__)
  assert frames[-1].name == 'input_fn'


def test_cause_of_the_user(tmp_path):
  """What a program raised from another error is printed with that."""

  def input_fn():
    try:
      return given.FEATURES['nothing']
    except KeyError as error:
      raise ValueError('no such feature') from error

  error = caught(given.dnn(estimators, tmp_path).train, input_fn)

  assert isinstance(error.__cause__, KeyError)


def test_pickle(error):
  """The error can be sent to another process, with its text."""
  again = pickle.loads(pickle.dumps(error))

  assert type(again) is tf.errors.InvalidArgumentError
  assert again.message == str(error)


def test_thread(tmp_path):
  """In a thread it is the same."""
  found = []
  train = given.dnn(estimators, tmp_path).train
  thread = threading.Thread(
    target=lambda: found.append(caught(train, WRONG, steps=1))
  )
  thread.start()
  thread.join()

  assert 'position 13' in str(found[0])


class Catcher(v1.train.SessionRunHook):
  """Runs the loss by itself, and keeps what that raises."""

  error = None

  def after_create_session(self, session, coord):
    loss = v1.get_collection(v1.GraphKeys.LOSSES)[0]
    try:
      session.run(loss)
    except tf.errors.InvalidArgumentError as error:
      self.error = error


def test_hooks_see_what_tensorflow_raised(tmp_path):
  """In a session of its own a hook catches the plain error."""
  hook = Catcher()

  error = caught(
    given.dnn(estimators, tmp_path).train, WRONG, hooks=[hook], steps=1
  )

  assert type(hook.error) is tf.errors.InvalidArgumentError
  assert 'position 13' in str(error)


class Ender(v1.train.SessionRunHook):
  """Ends a run as the end of its input would."""

  def __init__(self, error):
    self.error = error

  def after_run(self, run_context, run_values):
    raise self.error


@pytest.mark.parametrize(
  'error', [tf.errors.OutOfRangeError(None, None, 'end'), StopIteration()]
)
def test_flow_control(error, tmp_path):
  """What ends a run is left alone."""
  estimator = given.dnn(estimators, tmp_path)

  estimator.train(given.data(), hooks=[Ender(error)], steps=9)

  assert estimator.get_variable_value('global_step') == 1


def test_mirrored(tmp_path):
  """With a strategy of two replicas the label is found as well."""
  devices = tf.config.list_logical_devices('CPU')
  strategy = tf.distribute.MirroredStrategy([devices[0].name])
  config = given.config(estimators, train_distribute=strategy)
  estimator = given.dnn(estimators, tmp_path, config=config)

  error = caught(estimator.train, WRONG, steps=1)

  assert isinstance(error, tf.errors.InvalidArgumentError)
  assert 'label 2 at position 13' in str(error)


def test_late_batch(tmp_path):
  """The batch is counted from the start of the call, also in loops."""

  def input_fn():
    good = given.dataset().take(150)
    return good.concatenate(WRONG())

  estimator = given.dnn(estimators, tmp_path)
  estimator.train(given.data(), steps=3)
  error = caught(estimator.train, input_fn)

  assert str(error).startswith('In batch 151 of this call: the label 2')


def test_predictions_before(tmp_path):
  """A generator yields what came before the mistake."""

  def input_fn():
    good = given.dataset(given.NONE).take(3)
    return good.map(lambda x: x['x']).map(
      lambda x: {'x': tf.ensure_shape(x, [None, None])}
    ).concatenate(
      tf.data.Dataset.from_tensors({'x': tf.ones([16, 4])})
    )  # fmt: skip

  estimator = given.trained(estimators, tmp_path)
  predictions = estimator.predict(input_fn)
  assert inspect.isgenerator(predictions)
  taken = []
  error = caught(lambda: taken.extend(predictions))

  assert len(taken) == 48
  assert "In batch 4 of this call: feature 'x' has shape [?, ?]" in str(error)


def test_signatures():
  """Programs that look at arguments see those of the function."""
  for look in (inspect.signature, inspect.getfullargspec):
    assert 'max_steps' in str(look(estimators.Estimator.train))
  assert inspect.isgeneratorfunction(estimators.Estimator.predict)
  assert estimators.Estimator.train.__name__ == 'train'


def test_errors_of_others_stay():
  """An error that says it all is the same object."""
  error = RuntimeError('mine')

  @folding.folded
  def fail():
    raise error

  assert caught(fail) is error
