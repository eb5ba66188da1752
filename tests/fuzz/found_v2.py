"""Lists the programs of TF 2's control flow that showed a fault of the engine."""

from tests.fuzz.program import Found

PROGRAMS = (
  Found(
    'A random op ran that nothing takes but a result of a branch that nobody asks for.',
    'tf1_ref_v2',
    """\
import tensorflow as tf
v1 = tf.compat.v1
v1.set_random_seed(1)
p3 = v1.placeholder(tf.bool, [])
p4 = v1.placeholder(tf.float32, [])
x25 = tf.random.gamma([], 2.)
def then29():
  def then32():
    return [tf.identity(p4), tf.identity(x25)]
  def else37():
    return [tf.constant(1.) + 2., tf.constant(1.) + 2.]
  x42, x43 = tf.cond(p3, then32, else37)
  with tf.control_dependencies([x42]):
    return [tf.identity(tf.constant(8 > 2)), tf.constant([1., 3., 5.]) + 2.]
def else44():
  return [tf.identity(tf.constant(7 > 2)), tf.constant([5., 3., 5.]) + 2.]
x45, x46 = tf.cond(tf.constant(1 > 2), then29, else44)
RUNS = [
  (['x45'], {'p3': False, 'p4': 5.0}),
  (['x45', 'x25'], {'p3': False, 'p4': 5.0}),
]
""",
  ),
  Found(
    'A resource was assigned a copy of a reference, where a Session gives it the buffer.',
    'tf1_ref_v2',
    """\
import tensorflow as tf
v1 = tf.compat.v1
w1 = v1.get_variable('w1', initializer=tf.constant('3'), use_resource=False)
w3 = v1.get_variable('w3', initializer=tf.constant('4'), use_resource=True)
x5 = w1.read_value()
def case41():
  return tf.identity(tf.constant('1'))
def case47():
  x51 = v1.assign(w3, x5)
  with tf.control_dependencies([x51]):
    return tf.identity(w3)
x67 = tf.case([(tf.constant(6 > 2), case47)], default=case41)
with tf.control_dependencies([x67]):
  x116 = w1.assign(tf.constant('1'), read_value=False)
with tf.control_dependencies([x116]):
  x117 = w3.read_value()
RUNS = [
  (['x117'], {}),
]
""",
  ),
  Found(
    'Two results of a call waited for each other: a circle, which no graph may have.',
    'tf1_ref_v2',
    """\
import tensorflow as tf
v1 = tf.compat.v1
w1 = v1.get_variable('w1', initializer=tf.constant(0.), use_resource=True)
def f2():
  return [w1 + 1., w1 + 2.]
x3, x4 = tf.function(f2, autograph=False)()
x5 = x3 * 2.
x6 = x4 * 2.
with tf.control_dependencies([x3, x4]):
  def body7(n8, c9):
    x10 = v1.assign(w1, w1 + 7.)
    with tf.control_dependencies([x10]):
      return [n8 + 1, tf.identity(w1)]
  x11 = tf.while_loop(lambda n, *_: n < 1, body7, [tf.constant(0), tf.constant(0.)], parallel_iterations=1)[1]
RUNS = [
  (['x5', 'x6', 'x11'], {}),
] * 2
""",
  ),
  Found(
    'Who waited for a result of a branch in a branch read before it had written.',
    'tf1_ref_v2',
    """\
import tensorflow as tf
v1 = tf.compat.v1
w1 = v1.get_variable('w1', initializer=tf.constant(True), use_resource=True)
def then2():
  def then3():
    x4 = tf.math.logical_xor(w1, True)
    x5 = w1.assign(x4, read_value=False)
    with tf.control_dependencies([x5]):
      return tf.math.logical_xor(x4, True)
  x6 = tf.cond(tf.identity(w1), then3, lambda: tf.constant(True))
  with tf.control_dependencies([x6]):
    return [tf.math.logical_xor(w1, True), tf.identity(w1)]
def else7():
  x8 = w1.assign(True, read_value=False)
  with tf.control_dependencies([x8]):
    return [tf.constant(False), tf.constant(False)]
x9, x10 = tf.cond(tf.identity(w1), then2, else7)
RUNS = [
  (['x9'], {}),
] * 4
""",
  ),
)
