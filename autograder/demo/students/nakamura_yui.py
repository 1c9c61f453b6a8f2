"""Handed in the rnn as it was handed out. The upload of the lstm broke off."""

# %% rnn untouched
# %% lstm broken off
