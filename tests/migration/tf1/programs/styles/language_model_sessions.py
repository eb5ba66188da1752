"""Sessions, Supervisor and MonitoredTrainingSession, legacy_seq2seq.

Written for this test; prints what is compared.
"""

import sys, os, numpy as np, tensorflow as tf
from tensorflow.contrib import learn, rnn
from tensorflow.contrib.legacy_seq2seq import sequence_loss_by_example

out = sys.argv[1]
os.makedirs(out, exist_ok=True)


def init(shape, dtype=tf.float32, partition_info=None):
  n = int(np.prod([int(s) for s in shape]))
  return tf.constant(
    0.4 * np.sin(np.arange(n) * 1.3).reshape([int(s) for s in shape]), dtype
  )


vp = learn.preprocessing.VocabularyProcessor(6, min_frequency=0)
X = np.array(
  list(vp.fit_transform(['the cat sat', 'a dog sat on the mat', 'the dog']))
)
vp.save(out + '/vocab')
vp2 = learn.preprocessing.VocabularyProcessor.restore(out + '/vocab')
print(
  'RESULT',
  X.tolist(),
  len(vp.vocabulary_),
  list(vp2.transform(['dog cat zebra']))[0].tolist(),
)
with tf.Graph().as_default():
  tf.set_random_seed(1)
  tf.get_variable_scope().set_initializer(init)
  ids = tf.placeholder(tf.int32, [None, 6])
  emb = tf.nn.embedding_lookup(tf.get_variable('emb', [12, 5]), ids)
  o, st = tf.nn.dynamic_rnn(
    rnn.MultiRNNCell(
      [rnn.BasicLSTMCell(5, state_is_tuple=True), rnn.GRUCell(4)]
    ),
    emb,
    dtype=tf.float32,
  )
  logits = tf.layers.dense(o, 12)
  loss = tf.reduce_mean(
    sequence_loss_by_example(
      [tf.reshape(logits, [-1, 12])],
      [tf.reshape(ids, [-1])],
      [tf.ones([tf.size(ids)])],
    )
  )
  gs = tf.train.get_or_create_global_step()
  tv = tf.trainable_variables()
  g, n = tf.clip_by_global_norm(tf.gradients(loss, tv), 1.0)
  op = tf.train.MomentumOptimizer(0.1, 0.9).apply_gradients(zip(g, tv), gs)
  tf.summary.scalar('loss', loss)
  tf.summary.histogram('l', logits)
  m = tf.summary.merge_all()
  sv = tf.train.Saver(max_to_keep=2)
  with tf.Session(config=tf.ConfigProto(log_device_placement=False)) as s:
    w = tf.summary.FileWriter(out + '/log', s.graph)
    s.run(tf.global_variables_initializer())
    for i in range(5):
      _, l, sm, step = s.run([op, loss, m, gs], {ids: X})
      w.add_summary(sm, step)
      sv.save(s, out + '/m/model', global_step=step)
    print('RESULT', float(l), float(loss.eval({ids: X})))
  ck = tf.train.get_checkpoint_state(out + '/m')
  print('RESULT', [os.path.basename(p) for p in ck.all_model_checkpoint_paths])
  with tf.train.MonitoredTrainingSession(
    checkpoint_dir=out + '/mts',
    hooks=[tf.train.StopAtStepHook(last_step=4), tf.train.NanTensorHook(loss)],
    save_summaries_steps=None,
  ) as ms:
    while not ms.should_stop():
      _, l = ms.run([op, loss], feed_dict={ids: X})
  print('RESULT', float(l))
  print('KEYS', sorted(tf.train.list_variables(out + '/mts')))
  sup = tf.train.Supervisor(
    logdir=out + '/sv', save_model_secs=0, summary_op=None
  )
  with sup.managed_session() as s:
    for _ in range(3):
      _, l = s.run([op, loss], {ids: X})
    sup.saver.save(s, out + '/sv/m', global_step=gs)
  print('RESULT', float(l))
