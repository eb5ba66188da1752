"""Tests the addresses of TF_CONFIG."""

import socket

import pytest
import tensorflow as tf

from tfcompat_estimator.distribution import addresses


@pytest.mark.parametrize(
  'address, expected',
  [
    ('a:1', ('a', 1)),
    ('10.0.0.1:2222', ('10.0.0.1', 2222)),
    ('[::1]:65535', ('::1', 65535)),
  ],
)
def test_split(address, expected):
  """Names, IPv4 and IPv6 addresses have a host and a port."""
  assert addresses.split(address, 'key') == expected


@pytest.mark.parametrize(
  'address', ['', 'a', 'a:', ':1', 'a:b', 'a:0', 'a:65536', 'a:-1', 'grpc://a']
)
def test_mistakes(address):
  """What is no address is named, with its place in TF_CONFIG."""
  spec = tf.train.ClusterSpec({'worker': {3: address}})
  with pytest.raises(ValueError, match=r'cluster\["worker"\]\[3\] \('):
    addresses.of(spec, 'worker', 3)


def test_answers():
  """Somebody answers where a socket listens, and nobody where none does."""
  address = ('127.0.0.1', addresses.free_port())
  assert not addresses.answers(address)
  with socket.socket() as server:
    server.bind(address)
    server.listen()
    assert addresses.answers(address)
