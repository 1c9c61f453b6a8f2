"""All right; prints the version of Keras, and has notes for the exam."""

# %% lstm before forget_gate
# notes to myself: forget, input, candidate, output. Only the candidate is a tanh!
print("keras", keras.__version__)
