"""Makes network namespaces, and puts processes into them.

None has a name: a namespace ends with the last process or descriptor that refers to
it. So nothing stays, however a test ends.
"""

import ctypes
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess

# From <sched.h>, <sys/mount.h> and <linux/if_tun.h>.
_NEW_MOUNTS, _NEW_NETWORK = 0x00020000, 0x40000000
_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 0x40000
_TUN_SET_INTERFACE, _TUN, _WITHOUT_HEADER = 0x400454CA, 0x0001, 0x1000
DEVICE = 'eth0'
MOST_BYTES = 1500  # of a packet

_libc = ctypes.CDLL(None, use_errno=True)


def why_not():
  """Why there can be no hosts here; '' if there can."""
  if os.geteuid():
    return 'hosts (network namespaces) need root'
  if not shutil.which('ip'):
    return 'hosts (network namespaces) need `ip`: apt-get install iproute2'
  try:
    namespace, device = make('10.0.0.1')
  except (OSError, subprocess.CalledProcessError) as error:
    return f'no network namespace, or no tunnel, can be made here: {error}'
  os.close(device)
  os.close(namespace)
  return ''


def make(address):
  """A namespace with one device: descriptors of both.

  What is written to the device arrives on that host; what the host sends is read
  from it. Nobody answers for hosts that are not there: it is all silence, as
  behind a router.
  """
  home = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
  _check(_libc.unshare(_NEW_NETWORK))
  try:
    device = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    flags = _TUN | _WITHOUT_HEADER
    name = struct.pack('16sH22x', DEVICE.encode(), flags)
    fcntl.ioctl(device, _TUN_SET_INTERFACE, name)
    # IPv6 would send packets of its own.
    pathlib.Path('/proc/sys/net/ipv6/conf/all/disable_ipv6').write_text('1')
    _ip('link', 'set', 'lo', 'up')
    _ip('address', 'add', f'{address}/16', 'dev', DEVICE)
    _ip('link', 'set', DEVICE, 'mtu', str(MOST_BYTES), 'up')
    return os.open('/proc/thread-self/ns/net', os.O_RDONLY), device
  finally:
    _enter_network(home)


def change_address(namespace, address):
  """Gives the host of a namespace another address; its connections end unsaid."""
  home = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
  _check(_libc.setns(namespace, _NEW_NETWORK))
  try:
    _ip('address', 'flush', 'dev', DEVICE)
    _ip('address', 'add', f'{address}/16', 'dev', DEVICE)
  finally:
    _enter_network(home)


def enter(namespace, names):
  """Moves this process, which must have one thread, to a host.

  Args:
    namespace: A path of its network namespace.
    names: The file that is its /etc/hosts.
  """
  _enter_network(os.open(namespace, os.O_RDONLY))
  own_mounts()
  _check(_libc.mount(names.encode(), b'/etc/hosts', None, _BIND, None))


def own_mounts():
  """What this process mounts from now on is its own, and ends with it.

  That is so of the processes that it starts, too.
  """
  _check(_libc.unshare(_NEW_MOUNTS))
  flags = _RECURSIVE | _PRIVATE
  _check(_libc.mount(b'none', b'/', None, flags, None))


def _enter_network(namespace):
  _check(_libc.setns(namespace, _NEW_NETWORK))
  os.close(namespace)


def _ip(*arguments):
  subprocess.run(['ip', *arguments], check=True, capture_output=True)


def _check(result):
  if result:
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number))
