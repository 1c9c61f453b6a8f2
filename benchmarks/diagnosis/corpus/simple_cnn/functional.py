import keras
from keras import layers


def simple_cnn(input_shape, classes):
    inputs = keras.Input(shape=input_shape)
    x = layers.Conv2D(filters=32, kernel_size=(3, 3), padding="same")(inputs)
    x = layers.ReLU()(x)
    x = layers.MaxPool2D(pool_size=(2, 2))(x)
    x = layers.Flatten()(x)
    x = layers.Dense(classes)(x)
    outputs = layers.Softmax()(x)
    return keras.Model(inputs, outputs)
