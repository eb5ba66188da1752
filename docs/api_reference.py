"""Writes the site: the guides of this folder, and the API reference from docstrings.

python docs/api_reference.py [FOLDER]

Each object is shown under the names that programs use, `tf.estimator.RunConfig`,
not under those of the files here. pdoc renders the pages.
"""

import contextlib
import inspect
import io
import pathlib
import re
import sys
import textwrap
import types

import pdoc
from pdoc import doc, render

import tfcompat_estimator
from tfcompat_estimator import __main__ as launcher
from tfcompat_estimator import predictor
from tfcompat_estimator.api import namespaces
from tfcompat_estimator.migration.checkpoints import converter

ROOT = pathlib.Path(__file__).parents[1]
FOLDER = ROOT / 'site'
# The guides, in the order in which they are read.
GUIDES = (
  'README.md',
  'docs/migrating.md',
  'docs/tensorflow-1.md',
  'docs/differences.md',
  'docs/training.md',
  'docs/checkpoints.md',
  'docs/serving.md',
  'docs/packages.md',
  'docs/distributed.md',
  'docs/moving-to-keras.md',
  'docs/subclassing.md',
  'docs/versions.md',
  'docs/how-it-works.md',
  'docs/measurements.md',
  'CONTRIBUTING.md',
)

# The namespace of each page that is one of tf's.
_ROOTS = {
  'tf.estimator': namespaces.V2,
  'tf.compat.v1.estimator': namespaces.V1,
  'tf.keras.estimator': namespaces.KERAS.estimator,
  'tf.compat.v1.keras.estimator': namespaces.KERAS.estimator_v1,
}
_PACKAGE = tfcompat_estimator.__name__
# What the package has of its own, and the names that are shown of it.
_OWN = {
  'tfcompat_estimator': (
    tfcompat_estimator,
    [
      'dry_run',
      'history',
      'install',
      'keeps_graph',
      'to_keras',
      'to_module',
      'uninstall',
    ],
  ),
  'tfcompat_estimator.experimental': (
    tfcompat_estimator.experimental,
    tfcompat_estimator.experimental.__all__,
  ),
  'tfcompat_estimator.migration.checkpoints.converter': (
    converter,
    ['convert'],
  ),
  'tfcompat_estimator.predictor': (
    predictor,
    ['Predictor', 'from_estimator', 'from_saved_model'],
  ),
}


def public_names() -> dict[str, list[str]]:
  """The names on each page of tf's, the pages below it left out."""
  return {
    page: [name for name in namespace.__all__ if not _is_page(namespace, name)]
    for page, namespace in _pages_of_tf().items()
  }


def _pages_of_tf() -> dict[str, namespaces.Namespace]:
  found = {}
  for page, root in _ROOTS.items():
    for namespace in namespaces.walk(root):
      found[page + namespace.__name__.removeprefix(root.__name__)] = namespace
  return found


def _is_page(namespace: namespaces.Namespace, name: str) -> bool:
  return isinstance(vars(namespace).get(name), namespaces.Namespace)


def _page(name: str, text: str, members: dict[str, object]) -> types.ModuleType:
  """A module that has just what a page shows."""
  module = types.ModuleType(name, text)
  vars(module).update(members)
  module.__all__ = sorted(members)  # type: ignore[attr-defined]
  return module


def _help_of(*arguments: str) -> str:
  """What a command line says for --help."""
  shown = io.StringIO()
  before = sys.argv
  sys.argv = ['python -m tfcompat_estimator', *arguments, '--help']
  try:
    with contextlib.redirect_stdout(shown), contextlib.suppress(SystemExit):
      launcher.main()
  finally:
    sys.argv = before
  return textwrap.indent(shown.getvalue(), '    ')


def _own_text(page: str, module: types.ModuleType) -> str:
  text = (module.__doc__ or '').strip()
  if page == 'tfcompat_estimator':
    text += f'\n\n## Command line\n\n{_help_of()}'
    for command in launcher.COMMANDS:
      text += f'\n## {command}\n\n{_help_of(command)}'
  return text


def _guide_name(path: str) -> str:
  """The module whose page a guide is."""
  name = pathlib.Path(path).stem.lower().replace('-', '_')
  return 'guides.' + {'readme': 'overview'}.get(name, name)


def _guides() -> list[types.ModuleType]:
  """A module for each guide: pdoc shows its text, and finds words in it."""

  def site_link(match: re.Match[str]) -> str:
    text, path, anchor = match.groups(default='')
    name = pathlib.Path(path).name
    target = next((g for g in GUIDES if pathlib.Path(g).name == name), None)
    if target is None:  # a file of the checkout, which the site does not have
      return f'`{text}`'
    page = _guide_name(target).removeprefix('guides.')
    return f'[{text}]({page}.html{anchor})'

  made = []
  for guide in GUIDES:
    text = (ROOT / guide).read_text('utf-8')
    text = re.sub(
      r'\[([^\]]+)\]\((?!\w+:)([^)#=]+)(#[^)]*)?\)', site_link, text
    )
    made.append(_page(_guide_name(guide), text, {}))
  return made


def pages() -> list[types.ModuleType]:
  """A module for each page of the site."""
  made = _guides()
  names = public_names()
  for page, namespace in _pages_of_tf().items():
    text = (namespace.__doc__ or '').strip()
    below = [f'`{page}.{n}`' for n in namespace.__all__ if n not in names[page]]
    if below:
      text += f'\n\nBelow it: {", ".join(below)}.'
    members = {name: getattr(namespace, name) for name in names[page]}
    made.append(_page(page, text, members))
  for page, (module, shown) in _OWN.items():
    members = {name: getattr(module, name) for name in shown}
    made.append(_page(page, _own_text(page, module), members))
  return made


def _name_publicly(modules: list[types.ModuleType]) -> None:
  """Has objects say the names that programs use, as links go by those.

  An object that both APIs have is linked to in the first one.
  """
  seen = set()
  for module in modules:
    for name in module.__all__:
      value = getattr(module, name)
      if id(value) not in seen:
        seen.add(id(value))
        value.__module__, value.__qualname__ = module.__name__, name


def _pull_down_members(modules: list[types.ModuleType]) -> None:
  """Shows on a public class what it has from a class that has no page."""
  shown = [value for module in modules for value in vars(module).values()]
  classes = [value for value in shown if inspect.isclass(value)]
  for cls in classes:
    for base in cls.__mro__[1:-1]:
      if base in classes or not base.__module__.startswith(_PACKAGE):
        continue
      for name, value in vars(base).items():
        if not name.startswith('_') and name not in vars(cls):
          setattr(cls, name, value)


def _front(docs: dict[str, doc.Module]) -> str:
  """The first page: pdoc's has a logo, a search box, and nothing below them."""
  guides = ''.join(
    f'<li><a href="{name.replace(".", "/")}.html">'
    f'{re.sub("[`*]", "", page.docstring.splitlines()[0].lstrip("# "))}</a></li>'
    for name, page in docs.items()
    if name.startswith('guides.')
  )
  logo = re.compile(r'<a href="https://pdoc.dev">.*?</a>', re.DOTALL)
  html = logo.sub('', render.html_index(docs), count=1)
  return html.replace(
    '<main class="pdoc"></main>',
    '<main class="pdoc"><h1>tfcompat_estimator</h1><p>TensorFlow Estimator, alive on '
    f'TensorFlow 2.16 and later.</p><ul>{guides}</ul></main>',
  )


def _with_targets(html: str) -> str:
  """A page whose links within it lead somewhere.

  pdoc finds fields of a named tuple in texts, and does not show them.
  """
  ids = set(re.findall(r'\bid="([^"]+)"', html))
  return re.sub(
    r'<a href="#([^"]+)">([^<]*)</a>',
    lambda found: found[0] if found[1] in ids else found[2],
    html,
  )


def _write(modules: list[types.ModuleType], folder: pathlib.Path) -> None:
  render.configure(
    docformat='google',
    show_source=False,
    footer_text=f'tfcompat_estimator {tfcompat_estimator.__version__}',
  )
  docs = {module.__name__: doc.Module(module) for module in modules}
  for name, page in docs.items():
    path = folder / f'{name.replace(".", "/")}.html'
    path.parent.mkdir(parents=True, exist_ok=True)
    html = _with_targets(render.html_module(page, docs))
    # Addresses of objects would differ from run to run.
    path.write_text(re.sub(r' at 0x[0-9a-f]+', '', html), 'utf-8')
  (folder / 'index.html').write_text(_front(docs), 'utf-8')
  (folder / 'search.js').write_text(render.search_index(docs), 'utf-8')


def main(folder: str | pathlib.Path = FOLDER) -> None:
  """Writes all pages to a folder."""
  modules = pages()
  _pull_down_members(modules)
  _name_publicly(modules)
  _write(modules, pathlib.Path(folder))
  count = sum(len(module.__all__) for module in modules)
  sys.stdout.write(
    f'pdoc {pdoc.__version__} wrote {count} names on {len(modules)} pages: '
    f'{pathlib.Path(folder) / "index.html"}\n'
  )


if __name__ == '__main__':
  main(*sys.argv[1:])
