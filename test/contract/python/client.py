"""Does the scenarios that its argument describes with the official client, and prints what the client was given.

The argument is {"origin": ..., "model": ..., "scenarios": {name: scenario}}, as JSON; printed is {name: observation}.
See ../clients/scenarios.ts and ../clients/observation.ts for the two forms.
"""

import json
import sys

import openai


def dump(value):
    """What the client parsed, without the fields that were not in the answer."""
    return value.model_dump(mode="json", exclude_unset=True)


def headers_of(response):
    return {name: response.headers.get(name, "") for name in ("x-model-version", "x-request-id")}


def error_of(error):
    # The client's own fields turn the code into a string; this is the envelope's inside.
    envelope = error.body if isinstance(error.body, dict) else {}
    fields = {name: envelope.get(name) for name in ("type", "param", "code")}
    return {"class": type(error).__name__, "status": error.status_code, **fields}


def call(client, model, scenario):
    """Returns the client's raw response to one scenario."""
    kind = scenario["call"]
    options = {"extra_headers": {"x-request-id": scenario["requestId"]}} if "requestId" in scenario else {}
    if kind == "models":
        return client.models.with_raw_response.list(**options)
    if kind == "model":
        return client.models.with_raw_response.retrieve(model, **options)
    options |= scenario["request"] | {"model": scenario.get("model", model), "extra_body": scenario.get("extra", {})}
    if kind == "embeddings":
        return client.embeddings.with_raw_response.create(**options)
    stream = kind == "leave" or kind.endswith("Stream")
    if kind.startswith("chat"):
        # What is no list of messages comes in extra_body.
        options.setdefault("messages", [])
        return client.chat.completions.with_raw_response.create(stream=stream, **options)
    return client.completions.with_raw_response.create(stream=stream, **options)


def observe(client, model, scenario):
    try:
        response = call(client, model, scenario)
    except openai.APIStatusError as error:
        return {"headers": headers_of(error.response), "error": error_of(error)}
    headers = headers_of(response)
    parsed = response.parse()
    if scenario["call"] == "leave":
        first = next(iter(parsed))
        parsed.close()
        return {"headers": headers, "chunks": [dump(first)]}
    if scenario["call"].endswith("Stream"):
        return {"headers": headers, "chunks": [dump(chunk) for chunk in parsed]}
    if scenario["call"] == "models":
        return {"headers": headers, "answer": {"object": parsed.object, "data": [dump(model) for model in parsed.data]}}
    return {"headers": headers, "answer": dump(parsed)}


def main():
    task = json.loads(sys.argv[1])
    client = openai.OpenAI(base_url=task["origin"] + "/v1", api_key="unused", max_retries=0, timeout=20)
    scenarios = task["scenarios"].items()
    print(json.dumps({name: observe(client, task["model"], scenario) for name, scenario in scenarios}))


main()
