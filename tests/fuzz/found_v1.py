"""Lists the programs of TF 1's control flow that showed a fault of the engine."""

from tests.fuzz.program import Found

PROGRAMS = (
  Found(
    'What a branch reads after it has written was read before the branch.',
    'tf1_ref_v1',
    """\
import tensorflow as tf
v1 = tf.compat.v1
v2 = v1.get_variable('v2', initializer=tf.constant(0.), use_resource=False)
w1 = v1.get_variable('w1', initializer=tf.constant(0.), use_resource=False)
def then3():
  x4 = v1.assign(v2, v2 + 1.)
  with tf.control_dependencies([x4]):
    return tf.identity(v2)
def else5():
  return tf.identity(v2)
x6 = tf.cond(tf.constant(7 > 2), then3, else5)
x7 = v1.assign(w1, 10. * x6)
RUNS = [
  (['x7'], {}),
] * 5
""",
  ),
  Found(
    'A program asked for a placeholder that is fed, since something waits for it.',
    'tf1_ref_v1',
    """\
import tensorflow as tf
v1 = tf.compat.v1
r3 = v1.get_variable('r3', [3], initializer=v1.constant_initializer(2.), partitioner=v1.fixed_size_partitioner(2))
p4 = v1.placeholder(tf.bool, [])
p5 = v1.placeholder(tf.float32, [3])
def body17(n14, c15, c16):
  x29 = tf.group(*[p.assign(x) for p, x in zip(r3, tf.split(tf.math.floormod(p5, 7.), [2, 1]))])
  with tf.control_dependencies([x29]):
    return [n14 + 1, tf.constant([1, 2, 4]) + 2, tf.strings.join(['c', tf.strings.substr(tf.constant('1'), 0, 4)])]
x30, x31 = tf.while_loop(lambda n, *_: n < 0, body17, [tf.constant(0), tf.constant([1, 2, 4]), tf.constant('3')], parallel_iterations=1)[1:]
with tf.control_dependencies([x30]):
  def f39(a37, a38):
    def body42(n40, c41):
      x46 = tf.nn.embedding_lookup(r3, tf.math.floormod(tf.constant(1), 3))
      return [n40 + 1, tf.constant([8, 2, 4]) + 2]
    x47 = tf.while_loop(lambda n, *_: n < tf.math.floormod(tf.constant(7), 4), body42, [tf.constant(0), tf.constant([1, 2, 4])], parallel_iterations=1)[1]
    with tf.control_dependencies([x47]):
      return [tf.constant([1., 3., 5.]) + 2., tf.logical_not(p4)]
  x54, x55 = tf.function(f39, autograph=False)(tf.constant([2, 2, 4]), tf.constant('1'))
RUNS = [
  (['x54'], {'p4': True, 'p5': [2.0, 1.0, 2.0]}),
]
""",
  ),
  Found(
    'A random op in a branch in a loop took a handle from outside of the loop.',
    'tf1_ref_v1',
    """\
import tensorflow as tf
v1 = tf.compat.v1
v1.set_random_seed(1)
r6 = v1.data.make_one_shot_iterator(tf.data.Dataset.range(9).repeat())
def body56(n54, c55):
  def then66():
    x67 = v1.data.Iterator.from_string_handle(r6.string_handle(), tf.int64, []).get_next()
    with tf.control_dependencies([x67]):
      return [tf.identity(n54), tf.logical_not(tf.constant(0 > 2))]
  def else69():
    x71 = tf.random.normal([])
    with tf.control_dependencies([x71]):
      return [n54 + 2, tf.logical_not(tf.constant(6 > 2))]
  x72, x73 = tf.cond(tf.constant(1 > 2), then66, else69)
  with tf.control_dependencies([x72]):
    return [n54 + 1, c55 + 2.]
x75 = tf.while_loop(lambda n, *_: n < 1, body56, [tf.constant(0), tf.constant([[1., 3.], [4., 2.], [5., 7.]])], parallel_iterations=1)[1]
RUNS = [
  (['x75'], {}),
]
""",
  ),
  Found(
    'A loop that had ended was thought to write later: a choice was read twice.',
    'tf1_ref_v1',
    """\
import tensorflow as tf
v1 = tf.compat.v1
w1 = v1.get_variable('w1', initializer=tf.constant(2), use_resource=False)
w2 = v1.get_variable('w2', initializer=tf.constant(1 > 2), use_resource=False)
w3 = v1.get_variable('w3', initializer=tf.constant(0), use_resource=False)
p4 = v1.placeholder(tf.bool, [])
def then5():
  def body9(n6, c7, c8):
    x11 = v1.assign(w2, p4)
    with tf.control_dependencies([x11]):
      return [n6 + 1, tf.constant(1) + 2, tf.logical_not(x11)]
  x14, x15 = tf.while_loop(lambda n, *_: n < tf.math.floormod(w1, 4), body9, [tf.constant(0), tf.constant(3), p4], parallel_iterations=1)[1:]
  with tf.control_dependencies([x14]):
    def then16():
      x19 = v1.assign(w2, tf.constant(2 > 2))
      with tf.control_dependencies([x19]):
        return [tf.identity(w3), tf.constant(1) + 2]
    def else20():
      x21 = v1.assign(w1, w1)
      with tf.control_dependencies([x21]):
        return [tf.identity(w3), x14 + 2]
    x23, x24 = tf.cond(tf.identity(w2), then16, else20)
  with tf.control_dependencies([x23]):
    return [tf.identity(w2), tf.identity(w3)]
def else27():
  return [tf.identity(p4), w1 + 2]
x28, x29 = tf.cond(tf.constant(5 > 2), then5, else27)
with tf.control_dependencies([x28]):
  def case86():
    x87 = v1.assign(w2, p4)
    with tf.control_dependencies([x87]):
      def body90(n88, c89):
        return [n88 + 1, tf.logical_not(x87)]
      x94 = tf.while_loop(lambda n, *_: n < 3, body90, [tf.constant(0), p4], parallel_iterations=1)[1]
    with tf.control_dependencies([x87, x94]):
      return [tf.identity(w2), tf.identity(w2)]
  def case95():
    return [tf.identity(tf.constant(1 > 2)), tf.logical_not(p4)]
  x103, x104 = tf.case([(tf.identity(w2), case95)], default=case86)
with tf.control_dependencies([x103]):
  x130 = w2.assign(w2, read_value=False)
RUNS = [
  (['x130', 'w1'], {'p4': True}),
]
""",
  ),
  Found(
    'In a loop, a branch that writes what it is chosen by chose twice.',
    'tf1_ref_v1',
    """\
import tensorflow as tf
v1 = tf.compat.v1
w1 = v1.get_variable('w1', initializer=tf.constant(0 > 2), use_resource=False)
p2 = v1.placeholder(tf.bool, [])
x4 = v1.assign(w1, tf.constant(6 > 2))
with tf.control_dependencies([x4]):
  def body56(n53, c54, c55):
    def then58():
      x59 = v1.assign(w1, p2)
      with tf.control_dependencies([x59]):
        return c54 + 2.
    def else63():
      return c54 + 2.
    x68 = tf.cond(tf.identity(x4), then58, else63)
    with tf.control_dependencies([x68]):
      return [n53 + 1, tf.constant([1., 3., 5.]) + 2., tf.math.logical_xor(x4, True)]
  x81, x82 = tf.while_loop(lambda n, *_: n < 1, body56, [tf.constant(0), tf.constant([1., 3., 5.]), tf.constant(1 > 2)], parallel_iterations=1)[1:]
RUNS = [
  (['x82'], {'p2': False}),
]
""",
  ),
  Found(
    'In a loop, so did branches in a branch.',
    'tf1_ref_v1',
    """\
import tensorflow as tf
v1 = tf.compat.v1
w2 = v1.get_variable('w2', initializer=tf.constant([0, 2, 4]), use_resource=False)
w3 = v1.get_variable('w3', initializer=tf.constant(1 > 2), use_resource=False)
p4 = v1.placeholder(tf.int32, [])
p5 = v1.placeholder(tf.bool, [])
def body8(n6, c7):
  x11 = v1.scatter_sub(w2, [tf.math.floormod(n6, 3)], [tf.math.floormod(tf.constant(1), 7)])
  with tf.control_dependencies([x11]):
    def case12():
      x13 = tf.gather(w2, tf.math.floormod(p4, 3))
      x15 = v1.assign(w3, p5)
      with tf.control_dependencies([x15, x13]):
        return [tf.identity(x13), tf.identity(p4)]
    def case17():
      return [n6 + 2, tf.identity(n6)]
    def case21():
      return [tf.identity(tf.constant(5)), tf.identity(c7)]
    x26, x27 = tf.case([(tf.identity(w3), case17), (tf.identity(w3), case21)], default=case12)
  with tf.control_dependencies([x26]):
    return [n6 + 1, tf.constant(8) + 2]
x28 = tf.while_loop(lambda n, *_: n < 1, body8, [tf.constant(0), p4], parallel_iterations=1)[1]
with tf.control_dependencies([x28]):
  def then145():
    return [tf.identity(w2), tf.identity(p5)]
  def else162():
    return [tf.identity(tf.constant([1, 2, 4])), tf.math.logical_xor(tf.constant(1 > 2), True)]
  x164, x165 = tf.cond(tf.constant(1 > 2), then145, else162)
RUNS = [
  (['x165'], {'p4': 2, 'p5': True}),
]
""",
  ),
  Found(
    'Who waited for a call of a function wrote before that had read.',
    'tf1_ref_v1',
    """\
import tensorflow as tf
v1 = tf.compat.v1
v1.set_random_seed(1)
w1 = v1.get_variable('w1', initializer=tf.constant(0), use_resource=False)
w2 = v1.get_variable('w2', initializer=tf.constant([4, 2, 4]), use_resource=False)
w3 = v1.get_variable('w3', initializer=tf.constant([3, 2, 4]), use_resource=False)
p4 = v1.placeholder(tf.bool, [])
x5 = v1.scatter_sub(w2, [tf.math.floormod(w1, 3)], [tf.math.floormod(tf.constant(7), 7)])
x6 = tf.identity(w1)
with tf.control_dependencies([x5, x6]):
  def case7():
    return tf.identity(w2)
  def case23():
    return x5 + 2
  def case45():
    return tf.identity(x5)
  x63 = tf.case([(p4, case23), (p4, case45)], default=case7)
with tf.control_dependencies([x63]):
  x184 = tf.identity(v1.assign_sub(w2, tf.math.floormod(w3, 7)))
with tf.control_dependencies([x184]):
  def f186(a185):
    def body189(n187, c188):
      return [n187 + 1, tf.math.logical_xor(p4, True)]
    x190 = tf.while_loop(lambda n, *_: n < 3, body189, [tf.constant(0), tf.constant(9 > 2)], parallel_iterations=10)[1]
    return [x184 + 2, a185 + 2]
  x191, x192 = tf.function(f186, autograph=False)(tf.constant(4))
def f195(a193, a194):
  x196 = tf.identity(a193)
  x197 = tf.identity(x191)
  return [tf.math.logical_xor(p4, True), tf.math.logical_xor(p4, True)]
x198, x199 = tf.function(f195, autograph=False)(tf.constant([8, 2, 4]), p4)
with tf.control_dependencies([x63, x184, x191]):
  def case200():
    def then201():
      with tf.device('/cpu:0'):
        x202 = v1.scatter_update(w3, [tf.math.floormod(tf.constant(1), 3)], [tf.math.floormod(x192, 7)])
      with tf.control_dependencies([x202]):
        return [w3 + 2, tf.identity(x184)]
    def else203():
      x204 = v1.assign(w2, w3)
      with tf.control_dependencies([x204]):
        x205 = v1.scatter_nd_update(w3, [[tf.math.floormod(tf.constant(1), 3)]], [tf.math.floormod(tf.constant(0), 7)])
      with tf.control_dependencies([x204]):
        x206 = tf.identity(v1.assign_add(w2, tf.math.floormod(x5, 7)))
      with tf.control_dependencies([x205, x206]):
        x207 = tf.identity(v1.assign_add(w3, tf.math.floormod(x206, 7)))
      with tf.control_dependencies([x206, x207]):
        return [x205 + 2, tf.identity(w2)]
    x208, x209 = tf.cond(x198, then201, else203)
    with tf.control_dependencies([x208]):
      return [tf.math.logical_xor(x198, True), tf.math.logical_xor(x199, True)]
  def case215():
    return [tf.math.logical_xor(x198, True), tf.math.logical_xor(x199, True)]
  x234, x235 = tf.case([(x198, case215)], default=case200)
RUNS = [
  (['x235', 'x234', 'x199', 'x192', 'x191', 'w1'], {'p4': True}),
]
""",
  ),
  Found(
    'A branch was chosen twice, once more after it had written what it is chosen by.',
    'tf1_both_v1',
    """\
import tensorflow as tf
v1 = tf.compat.v1
w1 = v1.get_variable('w1', initializer=tf.constant(1), use_resource=False)
w2 = v1.get_variable('w2', initializer=tf.constant(True), use_resource=True)
w3 = v1.get_variable('w3', initializer=tf.constant(False), use_resource=False)
x4 = v1.assign_add(w1, 1)
with tf.control_dependencies([x4]):
  def then5():
    return w1 + 1
  def else6():
    x7 = w3.assign(True, read_value=False)
    with tf.control_dependencies([x7]):
      return w1 * 2
  x8 = tf.cond(tf.identity(w3), then5, else6)
with tf.control_dependencies([x8]):
  x9 = v1.assign(w2, w3)
with tf.control_dependencies([x9]):
  x10 = w3.assign(False)
RUNS = [
  (['x8', 'x10'], {}),
] * 5
""",
  ),
  Found(
    'What waits for a loop was looked for in circles, without end, where the gradient of a '
    'loop waits for what comes after it.',
    'tf1_both_v1',
    """\
import tensorflow as tf
v1 = tf.compat.v1
from tensorflow.python.framework import function
w1 = v1.get_variable('w1', initializer=tf.constant(False), use_resource=False)
w2 = v1.get_variable('w2', initializer=tf.constant([1., 3.]), use_resource=True)
w3 = v1.get_variable('w3', initializer=tf.constant([0, 2]), use_resource=False)
def body4(n5, c6):
  def then7():
    x8 = v1.scatter_add(w3, [0], [n5])
    x9 = function.Defun(tf.float32, func_name='x9f')(lambda y: y + tf.random.uniform([], seed=4))(tf.constant(2.))
    with tf.control_dependencies([x8, x9]):
      return tf.constant(1.)
  x10 = tf.cond(tf.identity(w1), then7, lambda: tf.constant(2.))
  with tf.control_dependencies([x10]):
    return [n5 + 1, c6 + 2.]
x11 = tf.while_loop(lambda n, *_: n < 0, body4, [tf.constant(0), w2], parallel_iterations=1)[1]
with tf.control_dependencies([tf.group(x11)]):
  x12, x13 = tf.cond(tf.constant(True), lambda: [w3 + 2, x11 + 2.], lambda: [w3 + 1, x11 + 1.])
with tf.control_dependencies([x11, x12, x13]):
  x14 = v1.train.FtrlOptimizer(0.5).minimize(tf.reduce_sum(w2 * x13), var_list=[w2])
RUNS = [
  (['x12', 'x13'], {}),
] * 2
""",
  ),
)
