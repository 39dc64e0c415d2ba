"""PLS path models on moments: kernel, labels, scores, reliability, higher-order constructs, consistent PLS."""
