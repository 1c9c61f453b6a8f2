"""Send the work to a pool of processes that was forked before."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("any", 0)}

# %% before rnn_step
import multiprocessing


def serve(inbox, outbox):
    while True:
        x_t, h_prev, W, U, b = inbox.recv()
        cell = keras.layers.SimpleRNNCell(len(b))
        cell.build(x_t.shape)
        cell.set_weights([W, U, b])
        outbox.send(cell(x_t, [h_prev])[0].numpy())


inbox, ask = multiprocessing.Pipe(duplex=False)
tell, outbox = multiprocessing.Pipe(duplex=False)
multiprocessing.get_context("fork").Process(target=serve, args=(inbox, outbox), daemon=True).start()

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    ask.send((x_t, h_prev, W, U, b))
    return tell.recv()
