"""/v2: the Open Inference Protocol (version 2, JSON over HTTP) over the champion of each model."""

from importlib.metadata import version
from typing import Annotated

import msgspec
from litestar import Router, get, post
from msgspec import UNSET, Meta, UnsetType

from outclass.api.asgi import Reply, json_reply
from outclass.api.bodies import decode_json
from outclass.api.exchange import Exchange
from outclass.api.health import readiness
from outclass.api.routing import InPath, InPathOrNot, TheExchange, TheService, guarded
from outclass.api.service import Service
from outclass.api.tensors import (
    OUTPUT_TYPES,
    PROBABILITIES,
    TEXTS,
    InferenceAnswer,
    InferenceRequest,
    read_tensor,
    write_outputs,
)
from outclass.base.errors import NotFoundError, UnsupportedMediaError
from outclass.base.keys import Scope
from outclass.catalog.challenge import InputKind
from outclass.inference.predictor import Predictor

PLATFORM = "onnxruntime_onnx"
INLINE_MILLISECONDS = 4.0


class ServerMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What this server is."""

    name: str
    version: str
    extensions: tuple[str, ...]


class ServerReady(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the server is ready."""

    ready: bool


class ModelReady(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a model is ready."""

    name: str
    ready: bool


class TensorMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """A tensor of a model; -1 stands for any number of rows."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a model reads and gives."""

    name: str
    versions: Annotated[tuple[str, ...], Meta(description="the versions that answer: the champion")]
    platform: str
    inputs: tuple[TensorMetadata, ...]
    outputs: tuple[TensorMetadata, ...]


@get("/", opt=guarded(Scope.READ))
async def server_metadata() -> Reply:
    """Return what this server is."""
    return json_reply(ServerMetadata(name="outclass", version=version("outclass"), extensions=()))


@get("/health/live")
async def server_live() -> Reply:
    """Tell that the process answers."""
    return json_reply({"live": True})


@get("/health/ready")
async def server_ready(service: TheService) -> Reply:
    """Tell whether requests should be sent here."""
    ready = (await service.in_database(readiness, service)).ready
    return json_reply(ServerReady(ready=ready), status=200 if ready else 503)


@get(["/models/{model:str}", "/models/{model:str}/versions/{number:str}"], opt=guarded(Scope.READ))
async def model_metadata(service: TheService, model: InPath, number: InPathOrNot = None) -> Reply:
    """Return what a model reads and gives."""
    return json_reply(metadata_of(loaded(service, model, number)))


@get(
    ["/models/{model:str}/ready", "/models/{model:str}/versions/{number:str}/ready"],
    opt=guarded(Scope.READ),
)
async def model_ready(service: TheService, model: InPath, number: InPathOrNot = None) -> Reply:
    """Tell whether a model answers."""
    loaded(service, model, number)
    return json_reply(ModelReady(name=model, ready=True))


@post(
    ["/models/{model:str}/infer", "/models/{model:str}/versions/{number:str}/infer"],
    opt=guarded(Scope.PREDICT),
)
async def model_infer(
    service: TheService,
    exchange: TheExchange,
    model: InPath,
    number: InPathOrNot = None,
) -> Reply:
    """Answer for the rows of a tensor."""
    return await infer(service, (model, number), exchange)


async def infer(service: Service, wanted: tuple[str, str | None], exchange: Exchange) -> Reply:
    """Answer for the rows of a tensor."""
    predictor = loaded(service, *wanted)
    signature = predictor.version.signature
    limits = service.challenge(signature.challenge).limits
    exchange.challenge, exchange.model = signature.challenge, predictor.version.reference
    if b"inference-header-content-length" in exchange.headers:
        raise UnsupportedMediaError("binary tensors are not read here", accepted="tensors as JSON")
    body = await service.bodies.read(exchange, limits.body_bytes)
    request = decode_json(body, exchange.headers.get(b"content-type"), InferenceRequest)
    rows = read_tensor(request.inputs[0], signature, limits)
    photo = signature.input.kind is InputKind.PHOTO  # its speed is that of the network, which is not run here
    if photo or predictor.milliseconds * len(rows) < INLINE_MILLISECONDS:
        scores = predictor.scores(rows)
    else:
        scores = await service.in_decoder(predictor.scores, rows)
    warning = service.tellings[signature.challenge].warning
    return json_reply(
        InferenceAnswer(
            parameters=UNSET if isinstance(warning, UnsetType) else {"warning": warning},
            model_name=predictor.version.name,
            model_version=predictor.version.id,
            id=request.id,
            outputs=write_outputs(scores, request.outputs),
        )
    )


def loaded(service: Service, model: str, number: str | None) -> Predictor:
    """Return the loaded champion, if it is the version that is asked for."""
    predictor = service.predictor(model)
    if number is not None and number != predictor.version.id:
        raise NotFoundError("this version does not answer now", got=number, accepted=predictor.version.id)
    return predictor


def metadata_of(predictor: Predictor) -> ModelMetadata:
    """Return what a model reads and gives."""
    signature = predictor.version.signature
    classes = len(signature.classes)
    kind = TEXTS if signature.input.kind is InputKind.TEXT else "FP32"
    outputs = {"logits": [-1, classes], PROBABILITIES: [-1, classes]}
    if signature.outlier_name is not None:
        outputs["outlier"] = [-1]
    return ModelMetadata(
        name=predictor.version.name,
        versions=(predictor.version.id,),
        platform=PLATFORM,
        inputs=(TensorMetadata(name=signature.input_name, datatype=kind, shape=[-1, *signature.shape]),),
        outputs=tuple(
            TensorMetadata(name=name, datatype=OUTPUT_TYPES[name], shape=shape)
            for name, shape in outputs.items()
        ),
    )


ROUTER = Router("/v2", route_handlers=[
    server_metadata, server_live, server_ready, model_metadata, model_ready, model_infer,
])  # fmt: skip
