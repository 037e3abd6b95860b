"""The ms-swift plug-in: template, trainer, loss and callbacks."""
