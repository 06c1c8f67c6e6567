"""What every route takes and gives, as data: the OpenAPI document and the docs page come from it.

A test holds it to the routes that the application really has.
"""

from dataclasses import dataclass

from outclass.api.answers import FeedbackAnswer, FeedbackRequest, KeptPrediction
from outclass.api.catalogue import ChallengeAnswer, ChallengeList, ModelList
from outclass.api.health import Alive, Readiness
from outclass.api.ingest import IngestAnswer
from outclass.api.leaderboard import Leaderboard
from outclass.api.predict import PredictionAnswer, PredictionList
from outclass.api.protocol import ModelMetadata, ModelReady, ServerMetadata, ServerReady
from outclass.api.tensors import InferenceAnswer, InferenceRequest
from outclass.base.keys import Scope

READ_PROBLEMS = ("unauthenticated", "forbidden", "rate-limited", "unavailable")
BODY_PROBLEMS = ("bad-input", "request-timeout", "too-large", "unsupported-media", "invalid-input")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter in the path, the query or a header."""

    name: str
    place: str
    description: str
    schema: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path.

    Attributes
    ----------
    body
        Type of the JSON body, or `input`, `batch` and `rows` for those that come in several forms; None if
        there is none.
    answer
        Type of the answer; None for an answer that is no JSON of ours.
    problems
        Kinds of problems besides those that any request can meet.
    unready
        Whether the same answer comes with status 503.
    key_needed
        Whether nobody may ask without a key.
    """

    method: str
    path: str
    id: str
    tag: str
    summary: str
    description: str
    scope: Scope | None
    parameters: tuple[Parameter, ...] = ()
    body: type | str | None = None
    answer: type | None
    problems: tuple[str, ...] = ()
    unready: bool = False
    key_needed: bool = False


CHALLENGE = Parameter(name="challenge", place="path", description="name of a challenge", schema="challenge")
PREDICTION = Parameter(
    name="prediction", place="path", description="id that a prediction came with", schema="prediction"
)
MODEL = Parameter(name="model", place="path", description="name of a model", schema="model")
VERSION = Parameter(
    name="number", place="path", description="id of the model version that answers now", schema="version"
)
ORDER = Parameter(name="order", place="query", description="by what to rank", schema="order")
PICTURE = Parameter(
    name="picture",
    place="query",
    description="1 to get the picture back as the model saw it",
    schema="switch",
)
KEEP = Parameter(
    name="keep",
    place="query",
    description="1 to let the service keep the input and learn from it; without it only a hash is kept",
    schema="switch",
)
EXPLAIN = Parameter(
    name="explain",
    place="query",
    description="1 to be told what each word of a text or each column of a record adds, or where in a photo "
    "the model looked",
    schema="switch",
)
ADDRESS = Parameter(
    name="url",
    place="query",
    description="http or https address of a photo on a public host",
    schema="address",
    required=True,
)
IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    place="header",
    description="a text of your choice: a request that is sent again with it is not done again (for a day)",
    schema="idempotency",
)

CHALLENGES = (
    Operation(
        method="get",
        path="/api/v1/challenges",
        id="list_challenges",
        tag="Challenges",
        summary="All challenges",
        description="What can be asked here: question, classes, limits, and the model that answers.",
        scope=Scope.READ,
        answer=ChallengeList,
        problems=READ_PROBLEMS,
    ),
    Operation(
        method="get",
        path="/api/v1/challenges/{challenge}",
        id="get_challenge",
        tag="Challenges",
        summary="One challenge",
        description="The same of one challenge.",
        scope=Scope.READ,
        parameters=(CHALLENGE,),
        answer=ChallengeAnswer,
        problems=("not-found", *READ_PROBLEMS),
    ),
    Operation(
        method="get",
        path="/api/v1/challenges/{challenge}/models",
        id="list_models",
        tag="Challenges",
        summary="The models of a challenge",
        description="All versions in the registry with scores and lineage, the oldest first.",
        scope=Scope.READ,
        parameters=(CHALLENGE,),
        answer=ModelList,
        problems=("not-found", *READ_PROBLEMS),
    ),
    Operation(
        method="get",
        path="/api/v1/challenges/{challenge}/leaderboard",
        id="get_leaderboard",
        tag="Challenges",
        summary="People and models, ranked",
        description="The best 100 players by mean skill score or by play money. Needs the site's tables.",
        scope=Scope.READ,
        parameters=(CHALLENGE, ORDER),
        answer=Leaderboard,
        problems=("not-found", "invalid-input", *READ_PROBLEMS),
    ),
)
DATA = (
    Operation(
        method="post",
        path="/api/v1/challenges/{challenge}/rows",
        id="add_rows",
        tag="Data",
        summary="Send rows for the next data-set version",
        description=(
            "A JSON list, or a JSON object a line. All rows are taken or none: an error names the line. "
            "They are on the disk when the answer comes, and the same rows are kept once; `outclass collect` "
            "makes a new version of them. For challenges of texts and tables; needs a key that the operator "
            "made with the scope `ingest`."
        ),
        scope=Scope.INGEST,
        parameters=(CHALLENGE, IDEMPOTENCY_KEY),
        body="rows",
        answer=IngestAnswer,
        problems=("not-found", *READ_PROBLEMS, *BODY_PROBLEMS),
        key_needed=True,
    ),
)
PREDICTIONS = (
    Operation(
        method="post",
        path="/api/v1/challenges/{challenge}/predict",
        id="predict",
        tag="Predictions",
        summary="Predict",
        description=(
            "Answers with calibrated probabilities, a prediction set, and whether the model abstains. "
            "A flat list and raw bytes are square pictures of any size whose ink is high; a picture that "
            "states its width and height, and a PNG, may be light on dark or dark on light. A light curve "
            "has its observations in columns, in rows, or as CSV, in any order; bands go by number or name. "
            "Where several models answer together, `advisers` has the word of each. A text may be plain or "
            "in JSON; with `explain=1` the answer says what each word added. A record is JSON, form or CSV; "
            "the challenge's `columns` tell what it holds. A photo is a JPEG, PNG or WebP: the file itself, "
            "a form with one file, or JSON with the file in base64 or its address. It is turned upright; of "
            "an animation the first picture counts. Where a challenge has a `warning`, "
            "it stands in every answer."
        ),
        scope=Scope.PREDICT,
        parameters=(CHALLENGE, PICTURE, KEEP, EXPLAIN),
        body="input",
        answer=PredictionAnswer,
        problems=("not-found", *READ_PROBLEMS, *BODY_PROBLEMS),
    ),
    Operation(
        method="get",
        path="/api/v1/challenges/{challenge}/predict",
        id="predict_address",
        tag="Predictions",
        summary="Predict a photo by its address",
        description=(
            "Fetches a photo and answers as POST does. Only http and https on public addresses and ports 80 "
            "and 443, without user names, in 5 seconds, at most 10 MB and 3 redirects, each checked anew. "
            "Three addresses at once for each caller. Only for challenges of photos."
        ),
        scope=Scope.PREDICT,
        parameters=(CHALLENGE, ADDRESS, KEEP, EXPLAIN),
        answer=PredictionAnswer,
        problems=(
            "not-found",
            *READ_PROBLEMS,
            "bad-input",
            "too-large",
            "unsupported-media",
            "invalid-input",
        ),
    ),
    Operation(
        method="post",
        path="/api/v1/challenges/{challenge}/batch",
        id="predict_batch",
        tag="Predictions",
        summary="Predict many",
        description=(
            "Many objects at once, each answered as it would be alone, in their order; the challenge says "
            "how many under `limits.batch`. JSON lists them under `objects`; light curves may also be CSV "
            "with a column `object_id`, and records with a header; of photos at most 32 may be addresses. "
            "It counts as one request."
        ),
        scope=Scope.PREDICT,
        parameters=(CHALLENGE, PICTURE, KEEP, EXPLAIN),
        body="batch",
        answer=PredictionList,
        problems=("not-found", *READ_PROBLEMS, *BODY_PROBLEMS),
    ),
    Operation(
        method="get",
        path="/api/v1/predictions/{prediction}",
        id="get_prediction",
        tag="Predictions",
        summary="A prediction again",
        description="Works at once, also before the prediction is written to the database.",
        scope=Scope.READ,
        parameters=(PREDICTION,),
        answer=KeptPrediction,
        problems=("not-found", *READ_PROBLEMS),
    ),
    Operation(
        method="post",
        path="/api/v1/predictions/{prediction}/feedback",
        id="give_feedback",
        tag="Predictions",
        summary="Say what is right",
        description="One voice for each caller and prediction: the later one replaces the earlier.",
        scope=Scope.FEEDBACK,
        parameters=(PREDICTION, IDEMPOTENCY_KEY),
        body=FeedbackRequest,
        answer=FeedbackAnswer,
        problems=("not-found", *READ_PROBLEMS, *BODY_PROBLEMS),
    ),
)


def model_operations(path: str, suffix: str, *parameters: Parameter) -> tuple[Operation, ...]:
    """Return the operations of the protocol on a model, or on one version of it."""
    kind = " version" if suffix else ""
    return (
        Operation(
            method="get",
            path=path,
            id=f"model_metadata{suffix}",
            tag="Open Inference Protocol",
            summary=f"What a model{kind} reads and gives",
            description="Names, types and shapes of the tensors; -1 stands for any number of rows.",
            scope=Scope.READ,
            parameters=parameters,
            answer=ModelMetadata,
            problems=("not-found", *READ_PROBLEMS),
        ),
        Operation(
            method="get",
            path=f"{path}/ready",
            id=f"model_ready{suffix}",
            tag="Open Inference Protocol",
            summary=f"Whether a model{kind} answers",
            description="200 when it does.",
            scope=Scope.READ,
            parameters=parameters,
            answer=ModelReady,
            problems=("not-found", *READ_PROBLEMS),
        ),
        Operation(
            method="post",
            path=f"{path}/infer",
            id=f"model_infer{suffix}",
            tag="Open Inference Protocol",
            summary=f"Tensors in, tensors out{', by one version' if suffix else ''}",
            description=(
                "For rows that are prepared already: no cropping, no abstaining, no log of predictions. "
                "FP32, for drawings from 0 to 1 or UINT8 from 0 to 255, with nulls for missing values of "
                "records; BYTES for texts. Answers `logits`, "
                "calibrated `probabilities` and, "
                "where the model has one, the `outlier` score."
            ),
            scope=Scope.PREDICT,
            parameters=parameters,
            body=InferenceRequest,
            answer=InferenceAnswer,
            problems=("not-found", *READ_PROBLEMS, *BODY_PROBLEMS),
        ),
    )


PROTOCOL = (
    Operation(
        method="get",
        path="/v2",
        id="server_metadata",
        tag="Open Inference Protocol",
        summary="What this server is",
        description="Name, version and extensions.",
        scope=Scope.READ,
        answer=ServerMetadata,
        problems=READ_PROBLEMS,
    ),
    Operation(
        method="get",
        path="/v2/health/live",
        id="server_live",
        tag="Open Inference Protocol",
        summary="Whether the server runs",
        description="The same as /livez.",
        scope=None,
        answer=Alive,
    ),
    Operation(
        method="get",
        path="/v2/health/ready",
        id="server_ready",
        tag="Open Inference Protocol",
        summary="Whether the server is ready",
        description="The same as /readyz, in short.",
        scope=None,
        answer=ServerReady,
        unready=True,
    ),
    *model_operations("/v2/models/{model}", "", MODEL),
    *model_operations("/v2/models/{model}/versions/{number}", "_version", MODEL, VERSION),
)
HEALTH = (
    Operation(
        method="get",
        path="/livez",
        id="live",
        tag="Health",
        summary="Whether the process answers",
        description="Restart it when this fails.",
        scope=None,
        answer=Alive,
    ),
    Operation(
        method="get",
        path="/readyz",
        id="ready",
        tag="Health",
        summary="Whether to send requests here",
        description="200 when every champion has answered its canary and the prediction log takes entries.",
        scope=None,
        answer=Readiness,
        unready=True,
    ),
    Operation(
        method="get",
        path="/metrics",
        id="metrics",
        tag="Health",
        summary="Figures for Prometheus",
        description="Requests, seconds, predictions by outcome, the log's backlog, memory and CPU.",
        scope=None,
        answer=None,
    ),
)
OPERATIONS = (*CHALLENGES, *PREDICTIONS, *DATA, *PROTOCOL, *HEALTH)
TAGS = {
    "Challenges": "What is asked here, by which models, and who is best at it.",
    "Predictions": "Answers for one object, and what people say of them.",
    "Data": "Rows that others send in.",
    "Open Inference Protocol": "The same models for clients that speak this protocol (version 2, JSON).",
    "Health": "For load balancers, orchestrators and monitoring.",
}
