"""Completes docstrings by what several functions say of the same arguments."""

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

_Function = TypeVar('_Function', bound=Callable[..., object])
_SECTIONS = ('Args', 'Returns', 'Raises')


def shared(texts: Mapping[str, str]) -> Callable[[_Function], _Function]:
  """A decorator that adds to a docstring what it leaves out.

  Args:
    texts: What to say of each argument that the docstring does not name, and
      under 'Returns' and 'Raises', if it has no such section.
  """

  def decorate(function: _Function) -> _Function:
    if function.__doc__:  # python -OO has removed it
      parameters = inspect.signature(function).parameters
      names = [name for name in parameters if name not in ('self', 'cls')]
      function.__doc__ = completed(function.__doc__, names, texts)
    return function

  return decorate


def of(function: Callable[..., object]) -> dict[str, str]:
  """What the docstring of another function says of each of its arguments."""
  _, sections = _split(function.__doc__ or '')
  return {
    name: ' '.join(entry.split()).partition(': ')[2]
    for name, entry in _entries(sections).items()
  }


def completed(doc: str, names: Iterable[str], texts: Mapping[str, str]) -> str:
  """The docstring with all its arguments, in the order of `names`."""
  head, sections = _split(doc)
  own = _entries(sections)
  sections['Args'] = '\n'.join(
    own.get(name) or _wrapped(f'{name}: {texts[name]}') for name in names
  )
  for name in _SECTIONS[1:]:
    if name in texts and name not in sections:
      hang = 4 if name == 'Raises' else 2
      sections[name] = '\n'.join(
        _wrapped(text, hang) for text in texts[name].split('\n')
      )
  return '\n\n'.join(
    [
      head.rstrip(),
      *(
        f'{name}:\n{sections[name].rstrip()}'
        for name in _SECTIONS
        if name in sections
      ),
    ]
  )


def _split(doc: str) -> tuple[str, dict[str, str]]:
  """What comes before the sections, and these."""
  head, *rest = re.split(
    rf'^({"|".join(_SECTIONS)}):\n', inspect.cleandoc(doc), flags=re.MULTILINE
  )
  return head, dict(zip(rest[::2], rest[1::2], strict=True))


def _entries(sections: Mapping[str, str]) -> dict[str, str]:
  """The entries of `Args` as they stand there, by the arguments' names."""
  entries = re.split(r'^(?=  \S)', sections.get('Args', ''), flags=re.MULTILINE)
  return {
    entry.partition(':')[0].strip(): entry.rstrip()
    for entry in entries
    if entry
  }


def _wrapped(text: str, hang: int = 4) -> str:
  return textwrap.fill(
    text, 76, initial_indent='  ', subsequent_indent=' ' * hang
  )
