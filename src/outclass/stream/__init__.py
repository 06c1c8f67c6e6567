"""Classify the messages of a broker's topic: at least once, with a key by which a sink writes each once."""
