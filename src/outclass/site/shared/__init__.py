"""Tables that processes share: made by migrations here, used elsewhere through `outclass.base`."""
