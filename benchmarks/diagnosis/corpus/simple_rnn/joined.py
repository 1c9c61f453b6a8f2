import keras
from keras import ops


class SimpleRNN(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, return_state=False, **kwargs):
        super().__init__(**kwargs)
        self.units, self.return_sequences, self.return_state = units, return_sequences, return_state

    def build(self, input_shape):
        self.joined_kernel = self.add_weight(
            name="joined_kernel", shape=(input_shape[-1] + self.units, self.units), initializer="glorot_uniform"
        )
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def 走一步(self, x, h):
        return ops.tanh(ops.concatenate([x, h], axis=-1) @ self.joined_kernel + self.bias)

    def call(self, inputs, initial_state=None):
        h = initial_state[0] if initial_state is not None else ops.zeros((ops.shape(inputs)[0], self.units))
        全部 = [h := self.走一步(inputs[:, t], h) for t in range(inputs.shape[1])]
        输出 = ops.stack(全部, axis=1) if self.return_sequences else 全部[-1]
        return [输出, 全部[-1]] if self.return_state else 输出

    def get_config(self):
        own = {k: getattr(self, k) for k in ("units", "return_sequences", "return_state")}
        return super().get_config() | own
