"""Asks in which loops of TF 1 the nodes of a graph are."""

import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import frames

v1 = tf.compat.v1


def test_loops_in_loops_and_what_leaves_them():
  v1.disable_control_flow_v2()
  inside = {}
  with tf.Graph().as_default() as graph:

    def body(i):
      inside['outer'] = i + 1

      def inner(j):
        inside['inner'] = j + 2
        return inside['inner']

      inside['left'] = v1.while_loop(lambda j: j < 3, inner, [i], name='in')
      return inside['left'] + 1

    ended = v1.while_loop(lambda i: i < 3, body, [0], name='out')
  v1.enable_control_flow_v2()
  found = frames.Frames({n.name: n for n in graph.as_graph_def().node})

  def depths(tensor):
    return [found.depth(f) for f in found.all_around(tensor.op.name)]

  assert depths(inside['outer']) == [1]
  assert depths(inside['inner']) == [2, 1]
  assert depths(inside['left']) == [1]
  assert depths(ended) == []
  outer, inner = (found.of[inside[k].op.name] for k in ('outer', 'inner'))
  assert found.around(inner) == outer
  assert set(found.entrances) == {outer, inner}
