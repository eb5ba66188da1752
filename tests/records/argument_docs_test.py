"""Completes docstrings of made-up functions."""

import pytest

from tfcompat_estimator.records import argument_docs

TEXTS = {
  'first': 'A text that is long enough to be broken: ' + 'word ' * 12 + 'end.',
  'third': 'A third one.',
  'Returns': 'What there is.',
  'Raises': 'ValueError: Something is wrong.\nTypeError: As well.',
}


@argument_docs.shared(TEXTS)
def partly(self, first, second=None, third=None):
  """Says something of its own.

  Args:
    second: Its own text,
      in two lines.
  """


@argument_docs.shared(TEXTS)
def whole(third):
  """Says all.

  Args:
    third: Not the shared text.

  Returns:
    Its own.

  Raises:
    KeyError: Never.
  """


def test_adds_what_is_left_out():
  """Entries stand in the order of the signature, sections in their order."""
  assert partly.__doc__.splitlines() == [
    'Says something of its own.',
    '',
    'Args:',
    '  first: A text that is long enough to be broken: word word word word word',
    '    word word word word word word word end.',
    '  second: Its own text,',
    '    in two lines.',
    '  third: A third one.',
    '',
    'Returns:',
    '  What there is.',
    '',
    'Raises:',
    '  ValueError: Something is wrong.',
    '  TypeError: As well.',
  ]


def test_keeps_what_is_there():
  """A docstring that says all stays as it is."""
  assert whole.__doc__ == (
    'Says all.\n\nArgs:\n  third: Not the shared text.\n\nReturns:\n  Its own.'
    '\n\nRaises:\n  KeyError: Never.'
  )


def test_takes_texts_of_another_function():
  """Its entries become one line each, wrapped anew where they are used."""
  assert argument_docs.of(partly)['second'] == 'Its own text, in two lines.'
  assert argument_docs.of(whole) == {'third': 'Not the shared text.'}


def test_asks_for_a_text():
  """An argument that nobody describes is found when the module is imported."""
  with pytest.raises(KeyError, match='fourth'):
    argument_docs.completed('Says something.', ['fourth'], TEXTS)


def test_leaves_functions_without_docstrings_alone():
  """As python -OO makes them."""

  def function(unknown):
    pass

  assert argument_docs.shared(TEXTS)(function).__doc__ is None
