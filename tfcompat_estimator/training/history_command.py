"""The command line of `history`: prints the table, or draws it."""

import argparse
import importlib
import itertools
import os
import sys
from typing import Any

from tfcompat_estimator.training import history

_DESCRIPTION = """Prints the losses and metrics of trainings and evaluations.

The columns are the global step, the name (train, eval or that of an evaluation),
the tag and the value, read from the event files in DIR."""


def main(arguments: list[str], program: str = 'history') -> None:
  """Runs the command."""
  parser = argparse.ArgumentParser(
    prog=program,
    description=_DESCRIPTION,
    formatter_class=argparse.RawDescriptionHelpFormatter,
  )
  parser.add_argument('directory', metavar='DIR', help='the model_dir')
  parser.add_argument('--name', help='only what has this name')
  parser.add_argument('--tag', help='only what has this tag')
  parser.add_argument(
    '--plot',
    metavar='FILE.png',
    help='draws a picture of each tag in place of printing (needs matplotlib)',
  )
  args = parser.parse_args(arguments)
  try:
    rows = [
      row
      for row in history.history(args.directory)
      if args.name in (None, row.name) and args.tag in (None, row.tag)
    ]
  except ValueError as error:
    parser.exit(1, f'{error}\n')
  if not rows:
    parser.exit(1, f'{args.directory} has no event files with such values.\n')
  if args.plot is None:
    _print(rows)
    return
  try:
    _draw(rows, args.plot)
  except ImportError:
    parser.exit(
      1,
      '--plot needs matplotlib: pip install '
      "'tfcompat-estimator[plot]', or pip install matplotlib.\n",
    )
  except (OSError, ValueError) as error:
    parser.exit(1, f'--plot {args.plot}: {error}\n')


def _print(rows: list[history.Row]) -> None:
  table = [
    history.Row._fields,
    *((str(r.step), r.name, r.tag, f'{r.value:.6g}') for r in rows),
  ]
  widths = [max(map(len, column)) for column in zip(*table, strict=True)]
  lines = (
    f'{step:>{widths[0]}}  {name:<{widths[1]}}  {tag:<{widths[2]}}  {value}\n'
    for step, name, tag, value in table
  )
  try:
    sys.stdout.writelines(lines)
    sys.stdout.flush()
  except BrokenPipeError:  # `... | head`
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _draw(rows: list[history.Row], path: str) -> None:
  """Draws one picture of each tag, with a line for each name."""
  agg: Any = importlib.import_module('matplotlib.backends.backend_agg')
  figures: Any = importlib.import_module('matplotlib.figure')
  by_tag = sorted(rows, key=lambda row: (row.tag, row.name, row.step))
  groups = [
    (tag, list(group))
    for tag, group in itertools.groupby(by_tag, key=lambda row: row.tag)
  ]
  columns = min(3, len(groups))
  lines = -(-len(groups) // columns)
  figure = figures.Figure(
    figsize=(5 * columns, 3.5 * lines), layout='constrained'
  )
  agg.FigureCanvasAgg(figure)
  for index, (tag, group) in enumerate(groups, start=1):
    axes = figure.add_subplot(lines, columns, index, title=tag, xlabel='step')
    for name, values in itertools.groupby(group, key=lambda row: row.name):
      points = [(row.step, row.value) for row in values]
      # A single evaluation is a point, which a line alone would not show.
      marker = 'o' if len(points) == 1 else None
      axes.plot(*zip(*points, strict=True), label=name, marker=marker)
    axes.legend()
  figure.savefig(path)
