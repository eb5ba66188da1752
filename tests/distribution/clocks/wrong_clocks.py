"""Makes the clocks of processes wrong, each by as much as its file says."""

import ctypes
import os
import pathlib
import shutil
import struct
import subprocess
import sys

_SOURCE = pathlib.Path(__file__).with_name('wrong_clock.c')


def why_not():
  """Why clocks cannot be wrong here; '' if they can."""
  if sys.platform != 'linux':
    return 'wrong clocks are made for Linux only'
  return '' if shutil.which('cc') else 'wrong clocks need a C compiler, `cc`'


def environment(folder):
  """What a process must have in its environment, and those that it forks."""
  library = pathlib.Path(folder, 'wrong_clock.so')
  command = ['cc', '-O2', '-shared', '-fPIC', _SOURCE, '-o', library, '-ldl']
  subprocess.run(command, check=True)
  return {'LD_PRELOAD': os.fspath(library)}


def put(path, seconds):
  """Has the clocks that follow this file be wrong by so much from now on."""
  path = pathlib.Path(path)
  path.touch()
  with path.open('r+b') as file:  # Processes have mapped it: not another file.
    file.write(struct.pack('q', seconds))


def follow(path):
  """Has this process's clock follow a file of `put`."""
  ctypes.CDLL(None).wrong_clock(os.fspath(path).encode())
