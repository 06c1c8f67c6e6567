"""The least that can answer: uvicorn, msgspec, onnxruntime; no checks, no log, no key."""

import msgspec
from common import open_session, predict

session = open_session()
decode = msgspec.json.Decoder(list[float]).decode
encode = msgspec.json.Encoder().encode


async def app(scope, receive, send):
    """Answer a POST of 784 numbers."""
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    answer = encode(predict(session, decode(body)))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
