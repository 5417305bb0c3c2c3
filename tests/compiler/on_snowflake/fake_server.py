"""fakesnow's HTTP server, and what it lacks for a session of skewless. Run with the interpreter that has fakesnow.

It has no parameters of sessions and no warehouses, so it answers what a client set and nothing else; a client newer
than its own wants a master token, a stage's region and NULL moments that are declared as such. `--refuse NAME` keeps a
parameter at another value, as an account can.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

server: Any = importlib.import_module("fakesnow.server")
_written = server.to_ipc
_LOOKED_AT = '"skewless_looked_at"'
parameters: dict[str, str] = {}
refused: set[str] = set()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--refuse", action="append", default=[])
    options = parser.parse_args()
    refused.update(options.refuse)
    server.to_ipc = to_ipc
    own = {"/session/v1/login-request": login, "/queries/v1/query-request": query}
    routes = [route for route in server.routes if route.path not in own]
    routes += [Route(path, answer, methods=["POST"]) for path, answer in own.items()]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=options.port, log_level="warning")


async def login(request: Request) -> JSONResponse:
    sent = (await _sent(request))["data"]
    if sent.get("PASSWORD") == "wrong":
        message = "Incorrect username or password was specified."
        return JSONResponse({"success": False, "code": "390100", "message": message, "data": {}})
    given = {name: str(value) for name, value in sent["SESSION_PARAMETERS"].items()}
    parameters.update({name: value for name, value in given.items() if name not in refused})
    parameters.update(dict.fromkeys(refused, "other"))
    answer = json.loads((await server.login_request(request)).body)
    answer["data"].update(masterToken="master", validityInSeconds=3600, masterValidityInSeconds=14400, sessionId=1)
    return JSONResponse(answer)


async def query(request: Request) -> Any:
    text = (await _sent(request))["sqlText"]
    if text == "SHOW PARAMETERS IN SESSION":
        return _rows(("key", "value"), list(parameters.items()))
    if "CURRENT_WAREHOUSE" in text:
        return _rows(("database", "schema", "warehouse"), [("DB1", "S1", "WH")])
    if _LOOKED_AT in text:
        request = await _with_text(request, text.replace(f"TEMPORARY TABLE {_LOOKED_AT}", f"TABLE {_LOOKED_AT}"))
    answer = await server.query_request(request)
    body = json.loads(answer.body)
    if (body.get("data") or {}).get("stageInfo"):
        body["data"]["stageInfo"].update(region="us", storageAccount=None, endPoint=None, isClientSideEncrypted=False)
        body["data"]["overwrite"] = True
        return JSONResponse(body)
    return answer


async def _sent(request: Request) -> dict[str, Any]:
    body = await request.body()
    zipped = request.headers.get("Content-Encoding") == "gzip"
    return json.loads(gzip.decompress(body) if zipped else body)  # type: ignore[no-any-return]


async def _with_text(request: Request, text: str) -> Request:
    """The request with another statement: fakesnow does not describe temporary tables."""
    body = json.dumps({**await _sent(request), "sqlText": text}).encode()
    headers = [pair for pair in request.scope["headers"] if pair[0].lower() != b"content-encoding"]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({**request.scope, "headers": headers}, receive)


def _rows(names: Sequence[str], rows: Sequence[Sequence[str]]) -> JSONResponse:
    described = {
        "database": "", "schema": "", "table": "", "nullable": True, "type": "text", "byteLength": 100, "length": 100,
        "scale": None, "precision": None, "collation": None,
    }  # fmt: skip
    data = {
        "rowtype": [{"name": name, **described} for name in names],
        "rowset": [list(row) for row in rows],
        "total": len(rows), "returned": len(rows), "queryId": "fake", "queryResultFormat": "json", "parameters": [],
        "statementTypeId": 0x1000,
    }  # fmt: skip
    return JSONResponse({"success": True, "data": data})


def to_ipc(table: pa.Table) -> Any:
    """Moments are structs; fakesnow declares that they have no NULL."""
    for place, field in enumerate(table.schema):
        if pa.types.is_struct(field.type):
            struct = table.column(place).combine_chunks()
            parts = [struct.field(number) for number in range(field.type.num_fields)]
            fields = [field.type.field(number).with_nullable(True) for number in range(field.type.num_fields)]
            made = pa.StructArray.from_arrays(parts, fields=fields, mask=parts[0].is_null())
            table = table.set_column(place, field.with_type(made.type), made)
    return _written(table)


if __name__ == "__main__":
    main()
