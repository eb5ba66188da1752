"""Puts back names that Python and NumPy lost since programs of TF 1 were written.

They ran under Python 3.5 to 3.7 with NumPy 1.1x: `np.int`, `collections.Mapping`,
`inspect.getargspec`. It imports neither TensorFlow nor NumPy before `begin`.
"""

import importlib
import inspect
import math
import sys
import types
from collections.abc import Callable
from typing import Any, NamedTuple

from tfcompat_estimator.api import namespace

_OURS = f'{__name__}:'


def _rows(words: str, module: str = '') -> dict[str, str]:
  """{name: its place}; `old=new` where the name is another."""
  found = {}
  for word in words.split():
    name, _, now = word.partition('=')
    found[name] = now if ':' in now else f'{module}:{now or name}'
  return found


# Module -> {name that it had: 'module:name' of what that was}.
PLACES = {
  'numpy': {
    **_rows('complex float int object str unicode=str alen=len', 'builtins'),
    **_rows(
      'Inf=inf Infinity=inf PINF=inf infty=inf NaN=nan alltrue=all bool8=bool_'
      ' cfloat=complex128 complex_=complex128 cumproduct=cumprod float_=float64'
      ' in1d=isin int0=intp longfloat=longdouble mat=asmatrix object0=object_'
      ' product=prod rank=ndim round_=round singlecomplex=complex64'
      ' sometrue=any string_=bytes_ trapz=trapezoid uint0=uintp unicode_=str_',
      'numpy',
    ),
    'NINF': f'{_OURS}NEGATIVE_INFINITY',
    'asscalar': f'{_OURS}asscalar',
  },
  'collections': _rows(
    'Callable Container Generator Hashable ItemsView Iterable Iterator KeysView'
    ' Mapping MappingView MutableMapping MutableSequence MutableSet Sequence'
    ' Set Sized ValuesView',
    'collections.abc',
  ),
  'cgi': _rows('escape', 'html'),
  'fractions': _rows('gcd', 'math'),
  'inspect': _rows(f'getargspec={_OURS}getargspec'),
  'time': _rows('clock=perf_counter', 'time'),
}
NEGATIVE_INFINITY = -math.inf


class ArgSpec(NamedTuple):
  """The arguments of a function."""

  args: list[str]
  varargs: str | None
  keywords: str | None
  defaults: tuple[Any, ...] | None


def getargspec(func: Callable[..., Any]) -> ArgSpec:
  """The arguments of a function, less the annotations.

  Raises:
    ValueError: Some can be given by name only.
  """
  full = inspect.getfullargspec(func)
  if full.kwonlyargs:
    raise ValueError(
      f'{func} has arguments that are given by name only '
      f'({", ".join(full.kwonlyargs)}): use inspect.getfullargspec.'
    )
  return ArgSpec(full.args, full.varargs, full.varkw, full.defaults)


def asscalar(a: Any) -> Any:
  """The number in an array of one element."""
  return a.item()


def begin() -> Callable[[], None]:
  """Puts the names back that are not there; what is there stays.

  Returns:
    Undoes it.
  """
  done: list[tuple[types.ModuleType, str]] = []
  for name, places in PLACES.items():
    if name == 'cgi' and sys.version_info >= (3, 13):
      continue  # the module is gone as a whole
    module = importlib.import_module(name)
    for lost, place in places.items():
      if lost not in vars(module):
        setattr(module, lost, namespace.resolve(place))
        done.append((module, lost))

  def end() -> None:
    for module, lost in done:
      delattr(module, lost)

  return end
