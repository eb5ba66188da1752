"""Records what the reference does: `make record` writes the files beside this.

Runs in the development environment; the programs of tests/parity/programs run
in the interpreter that TFCOMPAT_REFERENCE_PYTHON names.
"""

import json
import pathlib
import sys

from tests.parity import sides

# File name, program, function, arguments.
RECORDINGS = (
  ('train_and_evaluate', 'train_and_evaluate', 'run_all', {}),
  (
    'rnn',
    'experimental',
    'record',
    {'kinds': ['rnn_cells', 'rnn_steps', 'rnn_vocabulary'], 'steps': 4},
  ),
  (
    'initial_values',
    'columns',
    'initial_values',
    {'names': ['combined', 'dnn_v1']},
  ),
)


def main(names):
  """Records all, or those whose names are given."""
  for name, program, function, arguments in RECORDINGS:
    if names and name not in names:
      continue
    result = sides.reference().call(program, function, **arguments)
    text = json.dumps(result, indent=1) + '\n'
    path = pathlib.Path(__file__).parent / f'{name}.json'
    path.write_text(text, encoding='utf-8')
    print(f'{path}: {len(text)} bytes')


if __name__ == '__main__':
  main(sys.argv[1:])
