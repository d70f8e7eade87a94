"""Holds answers of the WorkMail API to the service model that botocore ships: members, types, no nulls, error names."""
import json
import re

# Errors that every AWS service can answer with, beside those an operation models.
COMMON = {
    "AccessDeniedException", "InternalFailure", "SerializationException", "ServiceUnavailable", "UnknownOperationException",
    "ValidationException",
}


class ModelCheck:
    """Watches a client; `problems` holds what did not fit, `answered` the operations that were seen to work."""

    def __init__(self, client):
        self.model = client.meta.service_model
        self.problems = []
        self.answered = set()
        client.meta.events.register("after-call.workmail", self._after)

    def _after(self, http_response, parsed, model, **_):
        body = json.loads(http_response.content or b"{}")
        name = model.name
        if http_response.status_code >= 300:
            allowed = {shape.name for shape in model.error_shapes} | COMMON
            if body.get("__type") not in allowed:
                self.problems.append(f"{name}: error {body.get('__type')} is not one of {sorted(allowed)}")
            if not body.get("Message"):
                self.problems.append(f"{name}: an error without Message")
            return
        self.answered.add(name)
        if http_response.headers.get("Content-Type") != "application/x-amz-json-1.1":
            self.problems.append(f"{name}: Content-Type {http_response.headers.get('Content-Type')}")
        if not http_response.headers.get("x-amzn-RequestId"):
            self.problems.append(f"{name}: no x-amzn-RequestId")
        if model.output_shape is None:
            if body:
                self.problems.append(f"{name}: output where the model has none: {body}")
        else:
            self._check(name, model.output_shape, body)

    def _check(self, place, shape, value):
        def wrong(what):
            self.problems.append(f"{place}: {what}: {value!r}")

        kind = shape.type_name
        if value is None:
            return wrong("null")
        if kind == "structure":
            if not isinstance(value, dict):
                return wrong("no object")
            for name, member in value.items():
                if name not in shape.members:
                    self.problems.append(f"{place}: the model has no member {name}")
                else:
                    self._check(f"{place}.{name}", shape.members[name], member)
        elif kind == "list":
            if not isinstance(value, list):
                return wrong("no list")
            for element in value:
                self._check(f"{place}[]", shape.member, element)
        elif kind == "string":
            if not isinstance(value, str):
                return wrong("no string")
            if shape.enum and value not in shape.enum:
                wrong("outside the enumeration")
            pattern = shape.metadata.get("pattern")
            if pattern and not re.search(pattern.replace("\\\\b", "\\b"), value):
                wrong(f"does not match {pattern}")
        elif kind == "boolean":
            if not isinstance(value, bool):
                wrong("no boolean")
        elif kind in ("integer", "long"):
            if isinstance(value, bool) or not isinstance(value, int):
                wrong("no whole number")
        elif kind in ("double", "float", "timestamp"):
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                wrong("no number")
        if kind in ("string", "list", "integer", "double"):
            size = value if kind in ("integer", "double") else len(value)
            low, high = shape.metadata.get("min"), shape.metadata.get("max")
            if low is not None and size < low or high is not None and size > high:
                wrong(f"outside {low}..{high}")


class RestModelCheck(ModelCheck):
    """The same for a REST-JSON service: members in headers, statuses, the error's name in a header."""

    def __init__(self, client):
        self.model = client.meta.service_model
        self.problems = []
        self.answered = set()
        self.refused = set()
        client.meta.events.register(f"after-call.{self.model.service_id.hyphenize()}", self._after)

    def _after(self, http_response, parsed, model, **_):
        name, headers = model.name, http_response.headers
        if not headers.get("x-amzn-RequestId"):
            self.problems.append(f"{name}: no x-amzn-RequestId")
        if http_response.status_code >= 300:
            error = headers.get("x-amzn-ErrorType")
            self.refused.add((name, error))
            allowed = {shape.name for shape in model.error_shapes} | COMMON
            if error not in allowed:
                self.problems.append(f"{name}: error {error} is not one of {sorted(allowed)}")
            body = json.loads(http_response.content)
            member = "Message" if error == "ResourceNotFoundException" else "message"
            if not body.get(member) or not body.get("Type"):
                self.problems.append(f"{name}: {error} without Type and {member}: {body}")
            return
        self.answered.add(name)
        if http_response.status_code not in (model.http.get("responseCode", 200), 202, 204):
            self.problems.append(f"{name}: status {http_response.status_code}")
        shape = model.output_shape
        if shape is None or shape.serialization.get("payload"):
            return
        body = json.loads(http_response.content or b"{}")
        located = {n for n, m in shape.members.items() if m.serialization.get("location")}
        if located & set(body):
            self.problems.append(f"{name}: members in the body that belong elsewhere: {located & set(body)}")
        self._check(name, shape, body)
