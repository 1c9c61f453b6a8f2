"""Built-ins that compute nothing while their family is forbidden, whatever road leads to them."""

from __future__ import annotations

import pytest
from support.questions import array

from autograder.answering.protocol import CallFunction
from autograder.running.host import Zygote
from autograder.running.workers import Limits

HEAD = "import keras, numpy as np, tensorflow as tf\nfrom keras import layers as K, ops\n"
WAYS = {
    "attention": (
        "K.Attention()([x, x])",
        "K.Attention(use_scale=True, score_mode='concat')([x, x], return_attention_scores=True)[1]",
        "K.AdditiveAttention()([x, x])",
        "K.MultiHeadAttention(2, 3)(x, x)",
        "K.GroupQueryAttention(3, 2, 1)(x, x)",
        "keras.Sequential([keras.Input((2, 3)), K.Lambda(lambda y: K.Attention()([y, y]))])(x)",
        "ops.nn.dot_product_attention(*[ops.reshape(x, (1, 2, 1, 3))] * 3)",
        "keras.layers.deserialize(keras.layers.serialize(K.Attention()))([x, x])",
        "__import__('tensorflow.python.keras.layers', fromlist=['a']).Attention()([tf.constant(x), tf.constant(x)])",
    ),
    "time_distribution": (
        "K.TimeDistributed(K.Dense(4))(x)",
        "K.TimeDistributed.from_config(K.TimeDistributed(K.Dense(4)).get_config())(x)",
        "keras.Sequential([keras.Input((2, 3)), K.TimeDistributed(K.Dense(4))])(x)",
    ),
}


@pytest.mark.parametrize(("family", "way"), [(family, way) for family, ways in WAYS.items() for way in ways])
def test_no_way_leads_to_what_is_refused(zygote: Zygote, family: str, way: str) -> None:
    """A worker where nothing is replaced is the oracle."""
    source = f"{HEAD}\ndef f(x):\n    return np.asarray({way})"
    ends = []
    for families in ((), (family,)):
        with zygote.spawn(Limits(), families) as worker:
            worker.run_cell("cell", source)
            ends.append(worker.ask([CallFunction("f", (array(1, 2, 3),))]).answers[0])
    opened, refused = ends
    assert opened.problem is None, opened.problem
    assert refused.value is None
    assert refused.problem is not None
    assert refused.reached


@pytest.mark.parametrize("family", WAYS)
def test_what_it_is_made_of_is_left_alone(zygote: Zygote, family: str) -> None:
    source = f"{HEAD}\ndef f(x):\n    s = ops.softmax(ops.matmul(x, ops.transpose(x, (0, 2, 1))), axis=-1)\n"
    source += "    return np.asarray(K.Dense(4)(ops.matmul(s, x)))"
    with zygote.spawn(Limits(), (family,)) as worker:
        worker.run_cell("cell", source)
        answer = worker.ask([CallFunction("f", (array(1, 2, 3),))]).answers[0]
    assert answer.problem is None, answer.problem
    assert not answer.reached
