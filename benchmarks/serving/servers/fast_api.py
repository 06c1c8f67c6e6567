"""FastAPI as its documentation shows it: a typed body, a dictionary as the answer."""

from typing import Annotated

from common import open_session, predict
from fastapi import Body, FastAPI

session = open_session()
app = FastAPI()


@app.post("/predict")
async def answer(numbers: Annotated[list[float], Body(min_length=784, max_length=784)]) -> dict:
    """Answer for 784 numbers."""
    return predict(session, numbers)
