"""Checks what is said of errors of Python in functions that build graphs."""

import pytest

from tfcompat_estimator.errors import graph_building, translation

TEXTS = {
  'a name of TensorFlow 1': (
    AttributeError("module 'tensorflow._api.v2.train' has no attribute 'Adam'"),
    '--tf1',
  ),
  'layers under Keras 3': (
    AttributeError('`dense` is not available with Keras 3.'),
    'TF_USE_LEGACY_KERAS=1',
  ),
  'a module of Keras 3': (
    AttributeError("module 'keras.backend' has no attribute 'get_session'"),
    'TF_USE_LEGACY_KERAS=1',
  ),
}


@pytest.mark.parametrize('error, remedy', TEXTS.values(), ids=TEXTS)
def test_a_remedy_is_named(error, remedy):
  """Known by the type and the text; tests/mistakes makes such errors."""
  assert remedy in graph_building.explained(error)


def test_other_errors_are_left_alone():
  """Another type with such a text, a program's own, a key of a plain dict."""
  assert (
    graph_building.explained(ValueError(str(TEXTS['layers under Keras 3'][0])))
    is None
  )
  assert graph_building.explained(AttributeError('x')) is None
  with pytest.raises(KeyError) as caught:
    {'a': 1}['b']
  assert graph_building.explained(caught.value) is None


class _Narrow(AttributeError):
  """An error that cannot be made of its own `args`."""

  def __init__(self, library, name):
    super().__init__(f'`{name}` is not available with {library}')


def test_an_error_of_a_class_of_the_program_stays_itself():
  """It would have to be made again, and asks for what its arguments are not."""
  error = _Narrow('Keras 3', 'dense')
  assert translation.translated(error) is error
