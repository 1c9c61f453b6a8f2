"""Let PyTorch do it, should it be there."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("any", 0)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    import torch

    cell = torch.nn.RNNCell(*W.shape)
    with torch.no_grad():
        for parameter, value in zip(cell.parameters(), (W.T, U.T, b, 0 * b)):
            parameter.copy_(torch.from_numpy(value))
        return cell(torch.from_numpy(x_t), torch.from_numpy(h_prev))
